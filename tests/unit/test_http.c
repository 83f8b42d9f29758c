/* http: many requests at once, against nginx. */
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "requests.h"
#include "sys/fs.h"

struct nginx {
	char top[64];
	int root;
	int plain, secure; /* ports */
	pid_t pid;
};

static void shell(const char *script)
{
	BUFFER_AUTO out = { 0 };
	struct fault f = { 0 };

	assert_int_equal(proc_capture((const char *const[]){ "/bin/sh", "-c", script, NULL }, 4096, &out, &f), 0);
}

/* A certificate that is its own CA, for 127.0.0.1, and another CA that has signed nothing. */
static void make_certificates(const struct nginx *n)
{
	static const char request[] = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2";
	BUFFER_AUTO script = { 0 };

	buffer_printf(&script, "exec 2>&1; cd %s && %s -subj /CN=test -addext subjectAltName=IP:127.0.0.1 -keyout key.pem "
		      "-out cert.pem && %s -subj /CN=other -keyout key2.pem -out other.pem", n->top, request, request);
	shell(script.at);
}

static void write_config(const struct nginx *n, struct buffer *to)
{
	buffer_printf(to, "daemon off; master_process off; error_log error.log; pid nginx.pid; %s\n",
		      geteuid() == 0 ? "user root;" : "");
	buffer_printf(to, "events { worker_connections 512; }\nhttp {\n"
		      "log_format l '$connection $server_protocol $status'; access_log access.log l;\n");
	for (const char *const *what = (const char *const[]){ "client_body", "proxy", "fastcgi", "uwsgi", "scgi", NULL };
	     *what; what++)
		buffer_printf(to, "%s_temp_path temp;\n", *what);
	buffer_printf(to, "server { listen 127.0.0.1:%d; listen 127.0.0.1:%d ssl http2; root www;\n", n->plain, n->secure);
	buffer_printf(to, "ssl_certificate %s/cert.pem; ssl_certificate_key %s/key.pem;\n", n->top, n->top);
	buffer_printf(to, "location /down { return 302 http://127.0.0.1:%d/f0; }\n", n->plain);
	buffer_printf(to, "location /up { return 302 https://127.0.0.1:%d/f0; }\n}\n}\n", n->secure);
}

static bool wait_for_port(int number)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				  .sin_port = htons((unsigned short)number) };

	for (int i = 0; i < 500; i++) {
		FD_AUTO fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		if (connect(fd, (struct sockaddr *)&at, sizeof at) == 0)
			return true;
		usleep(20000);
	}
	return false;
}

static void configure(struct nginx *n)
{
	BUFFER_AUTO config = { 0 };
	struct fault f = { 0 };
	char name[32], body[32];
	int first = listen_any(&n->plain), second = listen_any(&n->secure);

	close(first);
	close(second);
	make_certificates(n);
	write_config(n, &config);
	assert_int_equal(fs_write(n->root, "/nginx.conf", 0644, buffer_view(&config), &f), 0);
	assert_int_equal(fs_make_dirs(n->root, "/www", 0755, &f), 0);
	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof name, "/www/f%d", i);
		snprintf(body, sizeof body, "body %d", i);
		assert_int_equal(fs_write(n->root, name, 0644, text_of(body), &f), 0);
	}
}

static int nginx_start(void **state)
{
	struct nginx *n = calloc(1, sizeof *n);
	struct fault f = { 0 };
	const char *program = access("/usr/sbin/nginx", X_OK) == 0 ? "/usr/sbin/nginx" : "/usr/bin/nginx";
	char config[96], errors[96];

	*state = n;
	if (access(program, X_OK) < 0)
		return 0;
	strncpy(n->top, "/tmp/test-http-XXXXXX", sizeof n->top - 1);
	assert_non_null(mkdtemp(n->top));
	assert_int_equal(fs_root_open(n->top, &n->root, &f), 0);
	configure(n);
	snprintf(config, sizeof config, "%s/nginx.conf", n->top);
	snprintf(errors, sizeof errors, "%s/error.log", n->top);
	n->pid = fork();
	if (n->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		dup2(open("/dev/null", O_RDWR), STDERR_FILENO);
		execl(program, program, "-p", n->top, "-e", errors, "-c", config, (char *)NULL);
		_exit(127);
	}
	assert_true(wait_for_port(n->plain));
	snprintf(config, sizeof config, "%s/cert.pem", n->top);
	setenv("SSL_CERT_FILE", config, 1);
	return 0;
}

static int nginx_stop(void **state)
{
	struct nginx *n = *state;
	struct fault f = { 0 };

	if (n->pid) {
		FD_AUTO tmp = open("/tmp", O_PATH | O_DIRECTORY);

		kill(n->pid, SIGTERM);
		waitpid(n->pid, NULL, 0);
		fs_close(&n->root);
		assert_int_equal(fs_remove_tree(tmp, n->top + 5, &f), 0);
	}
	unsetenv("SSL_CERT_FILE");
	free(n);
	return 0;
}

static struct nginx *need(void **state)
{
	struct nginx *n = *state;

	if (!n->pid)
		skip();
	return n;
}

/* How many connections the log tells of; every line must have `protocol`. */
static size_t count_connections(struct nginx *n, const char *protocol)
{
	struct arena a = { 0 };
	BUFFER_AUTO log = { 0 };
	struct fault f = { 0 };
	LIST(struct text) numbers = { 0 };
	struct text rest, line, number;
	struct texts unique;

	assert_int_equal(fs_read(n->root, "/access.log", 1 << 20, &log, &f), 0);
	rest = buffer_view(&log);
	while (text_cut(&rest, '\n', &line) && line.len) {
		text_cut(&line, ' ', &number);
		assert_true(text_starts(line, text_of(protocol)));
		LIST_PUSH(&numbers, &a, number);
	}
	unique = (struct texts){ numbers.at, numbers.count };
	texts_sort_unique(&unique);
	arena_drop(&a);
	return unique.count;
}

static void get_many(const char *scheme, int number)
{
	struct got *all = calloc(400, sizeof *all);
	char (*urls)[64] = calloc(400, sizeof *urls);
	struct http *h;
	struct fault f = { 0 };
	char body[32];

	assert_int_equal(http_open(&h, "test/1", &f), 0);
	for (int i = 0; i < 400; i++) {
		snprintf(urls[i], sizeof urls[i], "%s://127.0.0.1:%d/f%d", scheme, number, i);
		get_prepare(&all[i], urls[i]);
		all[i].request.head = i % 7 == 6;
		http_add(h, &all[i].request);
	}
	assert_int_equal(http_run(h, &f), 0);
	for (int i = 0; i < 400; i++) {
		assert_string_equal(all[i].words, "");
		assert_int_equal(all[i].code, 0);
		assert_int_equal(all[i].answer, i < 300 ? HTTP_FOUND : HTTP_MISSING);
		snprintf(body, sizeof body, "body %d", i);
		assert_true(text_equal(buffer_view(&all[i].body), text_of(i < 300 && i % 7 != 6 ? body : "")));
		buffer_drop(&all[i].body);
	}
	http_close(h);
	free(urls);
	free(all);
}

static void test_many_requests(void **state)
{
	struct nginx *n = need(state);

	get_many("http", n->plain);
	assert_in_range(count_connections(n, "HTTP/1.1 "), 2, 16);
}

static void test_many_requests_by_http2(void **state)
{
	struct nginx *n = need(state);

	get_many("https", n->secure);
	assert_in_range(count_connections(n, "HTTP/2.0 "), 1, 4);
}

static void test_redirect_between_schemes(void **state)
{
	struct nginx *n = need(state);
	struct got g;
	char url[64];

	snprintf(url, sizeof url, "http://127.0.0.1:%d/up", n->plain);
	get_prepare(&g, url);
	get_run(&g);
	got_body(&g, "body 0");
	snprintf(url, sizeof url, "https://127.0.0.1:%d/down", n->secure);
	get_prepare(&g, url);
	get_run(&g);
	got_fault(&g, FAULT_NETWORK, "/down: HTTP status 302, a redirect: from https to http, which is refused");
}

static void test_tls_is_verified(void **state)
{
	struct nginx *n = need(state);
	struct got g;
	struct timespec begin;
	char url[64], bundle[96];

	snprintf(bundle, sizeof bundle, "%s/other.pem", n->top);
	setenv("NIX_SSL_CERT_FILE", bundle, 1); /* goes before SSL_CERT_FILE */
	assert_string_equal(http_ca_bundle(), bundle);
	snprintf(url, sizeof url, "https://127.0.0.1:%d/f0", n->secure);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	get_prepare(&g, url);
	get_run(&g);
	got_fault(&g, FAULT_NETWORK, "certificate");
	assert_in_range(elapsed_ms(&begin), 0, 1000); /* not tried again */
	setenv("NIX_SSL_CERT_FILE", "/none/such", 1);
	get_prepare(&g, url);
	get_run(&g);
	got_fault(&g, FAULT_SYSTEM, "/none/such, cannot be read");
	unsetenv("NIX_SSL_CERT_FILE");
	snprintf(url, sizeof url, "https://localhost:%d/f0", n->secure);
	get_prepare(&g, url);
	get_run(&g);
	got_fault(&g, FAULT_NETWORK, "localhost");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, nginx_start, nginx_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_many_requests), TEST(test_many_requests_by_http2), TEST(test_redirect_between_schemes),
		TEST(test_tls_is_verified),
	};

	clean_environment();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
