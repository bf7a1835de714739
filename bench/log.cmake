target_sources(motorcade-bench PRIVATE log.cpp)
target_link_libraries(motorcade-bench PRIVATE motorcade::adapters_rocksdb)
