#!/bin/sh
# Sends the token of the service account to the worker whenever kubelet has renewed it. Nothing of the token gets into the log or
# into the arguments of a process: curl reads the file itself.
set -u

token=${TOKEN_FILE:-/var/run/secrets/edge-presigner/token}
poll_secs=${POLL_SECS:-10}
max_retry_secs=60

case ${WORKER_URL:-} in
https://* | http://127.0.0.1:*) ;;
*)
  echo "WORKER_URL must be the worker's URL, with https://" >&2
  exit 1
  ;;
esac

# As process 1, a shell ends on no signal that it does not handle. `$!` is the pause from its first moment on, which a variable
# would not be.
trap 'kill ${!:-} 2>/dev/null; exit 0' TERM INT
pause() {
  sleep "$1" &
  wait "$!"
}

done_with=
retry_secs=1
while :; do
  current=$(sha256sum 2>/dev/null <"$token")
  if [ -z "$current" ]; then
    echo "there is no token yet" >&2
  elif [ "$current" != "$done_with" ]; then
    # The answer's status alone; no redirect is followed, because the token would go with it.
    status=$(curl --silent --show-error --output /dev/null --write-out '%{http_code}' --max-time 30 \
      --request PUT --header 'Content-Type: text/plain' --data-binary "@$token" "${WORKER_URL%/}/v1/token")
    case $status in
    2??)
      echo "token sent"
      done_with=$current
      retry_secs=1
      ;;
    000 | 408 | 429 | 5??)
      echo "the worker does not take the token now (status $status), next try in $retry_secs s" >&2
      pause "$retry_secs"
      retry_secs=$((retry_secs * 2 < max_retry_secs ? retry_secs * 2 : max_retry_secs))
      continue
      ;;
    *)
      # The same token would be refused again.
      echo "the worker refuses the token (status $status): see its log" >&2
      done_with=$current
      retry_secs=1
      ;;
    esac
  fi
  pause "$poll_secs"
done
