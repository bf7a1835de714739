target_sources(motorcade-bench PRIVATE kafka.cpp kafka_takeover.cpp kafka_successor.cpp kafka_baselines.cpp)
target_link_libraries(motorcade-bench PRIVATE motorcade::adapters_kafka motorcade::engine_shell vendor::rdkafka)
