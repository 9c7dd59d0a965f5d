// A client of `holdfast proxy`, as a program in another language: plain sockets, and nothing of holdfast.
package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"time"
)

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func send100MB(peer *net.TCPConn, done chan<- string) {
	sent := sha256.New()
	for n := 0; n < 2000; n++ {
		part := bytes.Repeat([]byte{byte(n % 251)}, 50_000)
		sent.Write(part)
		_, err := peer.Write(part)
		must(err)
	}
	must(peer.CloseWrite())
	done <- fmt.Sprintf("%x", sent.Sum(nil))
}

func receive(peer *net.TCPConn, pause time.Duration) {
	digest, received := sha256.New(), 0
	part := make([]byte, 65536)
	for {
		count, err := peer.Read(part)
		digest.Write(part[:count])
		received += count
		if errors.Is(err, io.EOF) {
			break
		}
		must(err)
		time.Sleep(pause)
	}
	fmt.Printf("%d %x\n", received, digest.Sum(nil))
}

// Returns the answer, or how the stream ended.
func ask(peer *net.TCPConn, lines *bufio.Reader, text string) string {
	_, err := fmt.Fprintln(peer, text)
	answer := ""
	if err == nil {
		answer, err = lines.ReadString('\n')
	}
	switch {
	case errors.Is(err, io.EOF):
		return "end"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "reset"
	}
	must(err)
	return strings.TrimSuffix(answer, "\n")
}

func main() {
	mode := os.Args[1]
	connection, err := net.Dial("tcp", "127.0.0.1:"+os.Args[2])
	must(err)
	peer := connection.(*net.TCPConn)
	lines := bufio.NewReader(peer)
	switch mode {
	case "lines":
		for _, text := range []string{"one", "zwei äöü", ""} {
			fmt.Println(ask(peer, lines, text))
		}
	case "restarts":
		commands := bufio.NewReader(os.Stdin)
		for _, text := range []string{"before", "after"} {
			fmt.Println(ask(peer, lines, text))
			_, _ = commands.ReadString('\n')
		}
	case "half-close":
		_, err := peer.Write(bytes.Repeat([]byte("question"), 100_000))
		must(err)
		must(peer.CloseWrite())
		receive(peer, 0)
	case "slow":
		receive(peer, time.Millisecond)
	case "both":
		done := make(chan string)
		go send100MB(peer, done)
		receive(peer, time.Millisecond)
		fmt.Println(<-done)
	}
}
