"""The rig: real servers, certificates and clients for end-to-end tests and for the demo. Standard library only.

Everything it starts is a child of the caller, keeps its files in a directory that the caller names, listens on a free
port of 127.0.0.1, and is ended when its `with` block ends, however that happens.

    with contextlib.ExitStack() as stack:
        authority = certificates.Authority(directory / "certificates")
        database = stack.enter_context(postgres.Cluster(directory / "postgres"))
        broker = stack.enter_context(broker.Broker(directory / "broker", authority))
"""
