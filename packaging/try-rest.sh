#!/bin/sh
# Calls every path of the Tiger profile and says for each whether it was answered as it should be.
#   broker-mcp serve --profile tiger          (in another terminal)
#   packaging/try-rest.sh http://127.0.0.1:9000 READ-KEY TRADE-KEY [ACCOUNT] [SYMBOL]
set -u
base=${1:?address} read=${2:?key to read} trade=${3:?key to trade} account=${4:-paper} symbol=${5:-AAPL}
passed=0 failed=0
if [ -t 1 ]; then green='\033[32m' red='\033[31m' plain='\033[0m'; else green='' red='' plain=''; fi

# try NAME WANTED-STATUS METHOD PATH [KEY] [BODY]
try() {
    name=$1 wanted=$2 method=$3 path=$4 key=${5:-} body=${6:-}
    set -- -s -o /tmp/try-rest.$$ -w '%{http_code}' -X "$method" "$base$path"
    [ -n "$key" ] && set -- "$@" -H "Authorization: Bearer $key"
    [ -n "$body" ] && set -- "$@" -H 'Content-Type: application/json' -d "$body"
    status=$(curl "$@")
    if [ "$status" = "$wanted" ]; then
        passed=$((passed + 1)); printf "${green}PASSED${plain}  %s\n" "$name"
    else
        failed=$((failed + 1)); printf "${red}FAILED${plain}  %s: %s instead of %s: %s\n" \
            "$name" "$status" "$wanted" "$(head -c 300 /tmp/try-rest.$$)"
    fi
}
a="\"account\":\"$account\""
try 'health without a key'      200 GET  /health
try 'no key'                    401 GET  /api/accounts
try 'a wrong key'               401 GET  /api/accounts 'bk_0000000000000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
try 'end points'                200 GET  /api/endpoints "$read"
try 'accounts'                  200 GET  /api/accounts "$read"
try 'quote'                     200 POST /api/market/quote "$read" "{$a,\"symbol\":\"$symbol\"}"
try 'bars'                      200 POST /api/market/kline "$read" "{$a,\"symbol\":\"$symbol\",\"period\":\"day\",\"limit\":5}"
try 'several quotes'            200 POST /api/market/batch "$read" "{$a,\"symbols\":[\"$symbol\"]}"
try 'search'                    200 POST /api/market/search "$read" "{$a,\"keyword\":\"$symbol\"}"
try 'option chain'              200 POST /api/market/option-chain "$read" "{$a,\"symbol\":\"$symbol\"}"
try 'market status'             200 POST /api/market/status "$read" "{$a,\"market\":\"US\"}"
try 'contracts'                 200 POST /api/info/contracts "$read" "{$a,\"symbols\":[\"$symbol\"]}"
try 'financials'                200 POST /api/info/financials "$read" "{$a,\"symbols\":[\"$symbol\"]}"
try 'corporate actions'         200 POST /api/info/corporate-actions "$read" "{$a,\"symbols\":[\"$symbol\"]}"
try 'earnings'                  200 POST /api/info/earnings "$read" "{$a,\"symbols\":[\"$symbol\"]}"
try 'positions'                 200 POST /api/trade/positions "$read" "{$a}"
try 'balances'                  200 POST /api/trade/account-info "$read" "{$a}"
try 'orders'                    200 POST /api/trade/orders "$read" "{$a}"
try 'an order of a reader'      404 POST /api/trade/place-order "$read" "{$a,\"symbol\":\"$symbol\",\"action\":\"BUY\",\"order_type\":\"LMT\",\"quantity\":1,\"limit_price\":1.00}"
try 'an order without a person' 428 POST /api/trade/place-order "$trade" "{$a,\"symbol\":\"$symbol\",\"action\":\"BUY\",\"order_type\":\"LMT\",\"quantity\":1,\"limit_price\":150.00}"
try 'an account of nobody'      404 POST /api/trade/positions "$read" '{"account":"nobody"}'
try 'a symbol of nothing'       404 POST /api/market/quote "$read" "{$a,\"symbol\":\"NOSUCHTHING\"}"
try 'no such path'              404 GET  /api/nothing "$read"
rm -f /tmp/try-rest.$$
printf '\nTests passed: %s, failed: %s\n' "$passed" "$failed"
[ "$failed" = 0 ]
