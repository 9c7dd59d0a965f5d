"""A client of `holdfast proxy`, as a program in another language: plain sockets, and nothing of holdfast."""
import hashlib
import socket
import sys
import time

mode, port = sys.argv[1], int(sys.argv[2])
peer = socket.create_connection(('127.0.0.1', port))

if mode == 'lines':
    lines = peer.makefile('rw', encoding='utf-8', newline='\n')
    for text in ['one', 'zwei äöü', '']:
        lines.write(text + '\n')
        lines.flush()
        print(lines.readline().rstrip('\n'))

if mode == 'half-close':
    peer.sendall(b'question' * 100_000)
    peer.shutdown(socket.SHUT_WR)

if mode in ('half-close', 'slow'):
    digest, received = hashlib.sha256(), 0
    while part := peer.recv(65536):
        digest.update(part)
        received += len(part)
        if mode == 'slow':
            time.sleep(0.001)
    print(received, digest.hexdigest())
