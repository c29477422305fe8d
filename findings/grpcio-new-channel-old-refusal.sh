#!/usr/bin/env bash
# grpcio 1.85.1: a new channel to an address where another server died before is refused at once though a server listens
# there again: channels of one process share a connection by address, with its last failure and its pause before the next
# try. One would guess that a channel made after the server is up connects to it.
# Why it matters: each run of an inline Pulumi program (Automation API) makes channels to an engine on a port of its own;
# when the system gives a port a second time, the run ends with "Resource monitor has terminated, shutting down".
# The channel option grpc.use_local_subchannel_pool keeps them apart. Seen on 2026-11-29 with grpcio 1.85.1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet "grpcio==1.85.1"
cat > "$folder/see.py" <<'PY'
from concurrent.futures import ThreadPoolExecutor

import grpc


class Echo(grpc.GenericRpcHandler):
    def service(self, details):
        return grpc.unary_unary_rpc_method_handler(lambda request, context: request)


def serve(port):
    server = grpc.server(ThreadPoolExecutor(2))
    server.add_generic_rpc_handlers((Echo(),))
    port = server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    return server, port


def asked(port, options):
    try:
        return grpc.insecure_channel(f"127.0.0.1:{port}", options=options).unary_unary("/any/call")(b"echo")
    except grpc.RpcError as refused:
        return refused.code().name


def second_server(options):
    first, port = serve(0)
    channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=options).unary_unary("/any/call")
    channel(b"echo")
    first.stop(0).wait()
    for _ in range(3):  # whoever still had the channel, and tried
        try:
            channel(b"echo")
        except grpc.RpcError:
            pass
    second, same = serve(port)
    assert same == port
    answer = asked(port, options)
    second.stop(0).wait()
    return answer


shared, own = second_server([]), second_server([("grpc.use_local_subchannel_pool", 1)])
print("a new channel to the second server:", shared)
print("the same with a pool of its own:   ", own)
assert shared == "UNAVAILABLE", "changed: the new channel connects"
assert own == b"echo"
print("as described: refused, while the server listens")
PY
"$folder/venv/bin/python" "$folder/see.py"
