"""faultserver.py LOG DIR [FAULT...]: an HTTP/1.1 server of files that misbehaves as told. Prints its URL, serves until killed.

LOG: one line an answer: METHOD TARGET STATUS RANGE-or-'-'. Written before the body is sent.
FAULT = KIND:SUFFIX[:NUMBER], for targets that end in SUFFIX (first match wins):
  cut:S:N       once: the whole body is announced, N bytes come, then a clean end
  reset:S:N     likewise, but the connection is reset (what the client has not yet read is lost)
  hold:S:N      once: N bytes of the body, then nothing more until the file LOG.release is there; logs 'held TARGET'
  slow:S:N      N bytes of the body a second
  busy:S:N      once: 503 with Retry-After: N
  down:S:N      503 without end, Retry-After: N
  truncate:S:N  as cut, each time
  short:S:N     only the first N bytes are announced and sent
  noranges:S    Range is ignored and not offered
  badrange:S    Range is answered with the wrong part
  html:S        a page instead of the file, status 200
  moved:S:URL   302 to URL and the same target (URL 'file:...' or 'http://...')
  auth:S:U:P    401 unless Basic authorization of user U, password P
Target http://... (a proxy request): fetched from DIR as if it were ours, logged in full.
Needs no more of Python than python3-minimal has."""
import base64, os, socket, struct, sys, threading, time

log_path, folder, faults = sys.argv[1], sys.argv[2], [f.split(':', 2) for f in sys.argv[3:]]
lock, spent = threading.Lock(), set()
KINDS = 'cut reset hold slow busy down truncate short noranges badrange html moved auth'.split()
ONCE = ('cut', 'reset', 'hold', 'busy')
assert all(f[0] in KINDS for f in faults), faults


def log(*words):
    with lock, open(log_path, 'a') as f:
        f.write(' '.join(str(w) for w in words) + '\n')


def find_fault(target, method):
    with lock:
        for n, f in enumerate(faults):
            if not target.endswith(f[1]) or n in spent or (method == 'HEAD' and f[0] not in ('auth', 'moved')):
                continue
            if f[0] in ONCE:
                spent.add(n)
            return f[0], f[2] if len(f) > 2 else ''
    return '', ''


def read_head(conn):
    head = b''
    while not head.endswith(b'\r\n\r\n'):
        block = conn.recv(1)
        if not block:
            return None, None, {}
        head += block
    first, *lines = head.decode('latin-1').split('\r\n')[:-2]
    method, target, _ = first.split(' ')
    pairs = [line.split(':', 1) for line in lines]
    return method, target, {k.strip().lower(): v.strip() for k, v in pairs}


def answer(conn, status, fields, body=b'', announced=None):
    lines = ['HTTP/1.1 %s' % status, 'Content-Length: %d' % (len(body) if announced is None else announced)] + fields
    conn.sendall('\r\n'.join(lines + ['', '']).encode() + body)


def file_bytes(target):
    path = target.split('://', 1)[1].split('/', 1)[1] if '://' in target else target
    try:
        with open(os.path.join(folder, path.lstrip('/')), 'rb') as f:
            return f.read()
    except OSError:
        return None


def respond(conn, method, target, fields):
    """Returns False when the connection is to end."""
    kind, value = find_fault(target, method)
    asked, body = fields.get('range', '-'), file_bytes(target)

    def tell(status, lines=(), body=b'', announced=None):
        log(method, target, status.split()[0], asked)
        answer(conn, status, list(lines), b'' if method == 'HEAD' else body, len(body) if announced is None else announced)
        return True

    if kind == 'auth':
        want = 'Basic ' + base64.b64encode(value.encode()).decode()
        if fields.get('authorization') != want:
            return tell('401 Unauthorized', ['WWW-Authenticate: Basic realm="cache"'])
    if kind == 'moved':
        return tell('302 Found', ['Location: ' + value + target])
    if kind in ('busy', 'down'):
        return tell('503 Service Unavailable', ['Retry-After: ' + value])
    if kind == 'html':
        return tell('200 OK', ['Content-Type: text/html'], b'<html>please log in</html>')
    if body is None:
        return tell('404 Not Found')
    if kind == 'short':
        return tell('200 OK', [], body[:int(value)])
    status, lines, whole = '200 OK', ['Accept-Ranges: bytes'], len(body)
    if kind == 'noranges':
        lines = []
    elif asked.startswith('bytes='):
        first = int(asked[6:].split('-')[0]) + (1 if kind == 'badrange' else 0)
        body, status = body[first:], '206 Partial Content'
        lines.append('Content-Range: bytes %d-%d/%d' % (first, whole - 1, whole))
    if kind == 'slow' and method != 'HEAD':
        tell(status, lines, b'', len(body))
        for at in range(0, len(body), int(value) // 20):
            time.sleep(0.05)
            conn.sendall(body[at:at + int(value) // 20])
        return True
    if kind in ('cut', 'reset', 'hold', 'truncate'):
        tell(status, lines, body[:int(value)], len(body))
        if kind == 'reset':
            conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))  # close sends RST
        elif kind == 'hold':
            log('held', target)
            while not os.path.exists(log_path + '.release'):
                time.sleep(0.02)
        return False
    return tell(status, lines, body)


def serve(conn):
    try:
        while True:
            method, target, fields = read_head(conn)
            if method is None or not respond(conn, method, target, fields):
                break
    except OSError:
        pass
    conn.close()


listener = socket.socket()
listener.bind(('127.0.0.1', 0))
listener.listen(128)
print('http://127.0.0.1:%d' % listener.getsockname()[1], flush=True)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
