// buildkit: what BuildKit's own parser and expander say, in the words of containerfile.c beside this file.
//
//	buildkit parse FILE...   each file as instructions, or "refused"
//	buildkit expand FILE     each line of the file as a word, expanded
package main

import (
	"bufio"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
)

var variables = []string{"PWD=/home", "SHELL=bash", "KOREAN=한국어", "NULL=", "V=1.2.3-rc4", "SPACE=a  b c ", "P=a/b/a/b"}

func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// dump is Node.Dump with quotes that need no table of what can be printed.
func dump(node *parser.Node) string {
	str := lower(node.Value)
	if len(node.Flags) > 0 {
		str += fmt.Sprintf(" %+q", node.Flags)
	}
	for _, n := range node.Children {
		str += "(" + dump(n) + ")\n"
	}
	for n := node.Next; n != nil; n = n.Next {
		if len(n.Children) > 0 {
			str += " " + dump(n)
		} else {
			str += " " + strconv.QuoteToASCII(n.Value)
		}
	}
	return strings.TrimSpace(str)
}

func innermost(node *parser.Node) *parser.Node {
	for node.Next != nil && len(node.Next.Children) > 0 {
		node = node.Next.Children[0]
	}
	return node
}

func tell(node *parser.Node) {
	fmt.Printf("(%s)\n", dump(node))
	fmt.Printf("\tlines %d-%d json %t\n", node.StartLine, node.EndLine, innermost(node).Attributes["json"])
	for _, h := range node.Heredocs {
		content := h.Content
		if h.Chomp {
			content = parser.ChompHeredocContent(content)
		}
		fmt.Printf("\there %s %d expand %t chomp %t %s\n", strconv.QuoteToASCII(h.Name), min(uint64(h.FileDescriptor), math.MaxUint32),
			h.Expand, h.Chomp, strconv.QuoteToASCII(content))
	}
}

func parse(name string) {
	fmt.Printf("== %s\n", name)
	f, err := os.Open(name)
	if err != nil {
		panic(err)
	}
	defer f.Close()
	result, err := parser.Parse(f)
	if err != nil {
		fmt.Println("refused")
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		return
	}
	fmt.Printf("escape %c\n", result.EscapeToken)
	for _, node := range result.AST.Children {
		tell(node)
	}
}

func expand(name string) {
	f, err := os.Open(name)
	if err != nil {
		panic(err)
	}
	defer f.Close()
	env := shell.EnvsFromSlice(variables)
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		lex := shell.NewLex('\\')
		word, _, err := lex.ProcessWord(lines.Text(), env)
		words, _ := lex.ProcessWords(lines.Text(), env)
		if err != nil {
			fmt.Println("refused")
			continue
		}
		fmt.Print(strconv.QuoteToASCII(word))
		for _, w := range words {
			fmt.Print(" ", strconv.QuoteToASCII(w))
		}
		fmt.Println()
	}
}

func main() {
	switch {
	case len(os.Args) > 2 && os.Args[1] == "parse":
		for _, name := range os.Args[2:] {
			parse(name)
		}
	case len(os.Args) == 3 && os.Args[1] == "expand":
		expand(os.Args[2])
	default:
		fmt.Fprintln(os.Stderr, "usage: buildkit parse FILE... | expand FILE")
		os.Exit(2)
	}
}
