"""A client of `holdfast proxy`, as a program in another language: plain sockets, and nothing of holdfast."""
import hashlib
import socket
import sys
import threading
import time

mode, port = sys.argv[1], int(sys.argv[2])
peer = socket.create_connection(('127.0.0.1', port))
sent = hashlib.sha256()


def send_100_mb():
    for n in range(2000):
        part = bytes([n % 251]) * 50_000
        sent.update(part)
        peer.sendall(part)
    peer.shutdown(socket.SHUT_WR)


if mode == 'lines':
    lines = peer.makefile('rw', encoding='utf-8', newline='\n')
    for text in ['one', 'zwei äöü', '']:
        lines.write(text + '\n')
        lines.flush()
        print(lines.readline().rstrip('\n'))

if mode == 'restarts':
    lines = peer.makefile('rw', encoding='utf-8', newline='\n')
    for text in ['before', 'after']:
        try:
            lines.write(text + '\n')
            lines.flush()
            print(lines.readline().rstrip('\n') or 'end', flush=True)
        except ConnectionResetError:
            print('reset', flush=True)
        sys.stdin.readline()

if mode == 'half-close':
    peer.sendall(b'question' * 100_000)
    peer.shutdown(socket.SHUT_WR)

if mode == 'both':
    sender = threading.Thread(target=send_100_mb)
    sender.start()

if mode in ('half-close', 'slow', 'both'):
    digest, received = hashlib.sha256(), 0
    while part := peer.recv(65536):
        digest.update(part)
        received += len(part)
        if mode != 'half-close':
            time.sleep(0.001)
    print(received, digest.hexdigest())

if mode == 'both':
    sender.join()
    print(sent.hexdigest())
