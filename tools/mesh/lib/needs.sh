# shellcheck shell=bash
# What the machine must have: tools, disk. Missing packages are installed when root; otherwise the one command is named.
