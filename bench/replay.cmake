target_sources(motorcade-bench PRIVATE replay.cpp)
target_link_libraries(motorcade-bench PRIVATE motorcade::engine_shell motorcade::adapters_rocksdb)
