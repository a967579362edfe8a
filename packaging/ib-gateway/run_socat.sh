#!/bin/sh
# Lets other containers reach a gateway that listens for its own machine only: 4004 → 4002.
set -eu
exec socat TCP-LISTEN:4004,fork,reuseaddr TCP:127.0.0.1:4002
