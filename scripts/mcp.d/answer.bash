#!/usr/bin/env bash
# A server as a script: one process a message, the message on its input, one line on its output. The JSON is jq's work.
set -euo pipefail
message=$(</dev/stdin)

# answer FILTER: what the filter makes of the message, as the result.
answer() { jq -c "{result: ($1)}" <<<"$message"; }
# text FILTER: the result of a tool.
text() { answer "{content: [{type: \"text\", text: ($1 | tostring)}]}"; }
refuse() { jq -nc --argjson code "$1" --arg text "$2" '{error: {code: $code, message: $text}}'; }

method=$(jq -r '.method' <<<"$message")
case $method in
  initialize)
    answer '{protocolVersion: .params.protocolVersion, capabilities: {tools: {}}, serverInfo: {name: "script", version: "1"}}'
    ;;
  ping) answer '{}' ;;
  tools/list)
    answer '{tools: ["add", "echo", "length", "wait"] | map({name: ., inputSchema: {type: "object"}})}'
    ;;
  tools/call)
    tool=$(jq -r '.params.name' <<<"$message")
    case $tool in
      add) text '.params.arguments | .a + .b' ;;
      echo) text '.params.arguments.text' ;;
      length) text '.params.arguments.text | length' ;;
      wait)
        sleep "$(jq -r '.params.arguments.seconds' <<<"$message")"
        text '.params.arguments.name'
        ;;
      *) refuse -32602 "no tool $tool" ;;
    esac
    ;;
  notifications/*) ;;
  *) refuse -32601 "no method $method" ;;
esac
