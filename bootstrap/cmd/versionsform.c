#include "cmd/versionsform.h"

#include "base/bounds.h"
#include "format/json.h"

#define NAMED_MAX 8 /* commands of a tool that the table names; the other forms have all */

/* ---- for people ---- */

/* Columns of the table. */
struct widths {
	int name, version, attribute, path; /* of the longest of each */
};

static void widen(int *width, size_t len)
{
	if (*width < (int)len)
		*width = (int)len;
}

static struct widths measure(const struct versions *v)
{
	struct widths w = { sizeof "tool" - 1, sizeof "version" - 1, sizeof "attribute" - 1, sizeof "store path" - 1 };
	for (size_t i = 0; i < v->tools.count; i++) {
		const struct expectation *t = &v->tools.at[i];
		widen(&w.name, t->name.len);
		widen(&w.version, t->version.len);
		widen(&w.attribute, t->attribute.len);
		widen(&w.path, sizeof STORE_PREFIX - 1 + t->path.len);
	}
	return w;
}

static void write_table(const struct versions *v, struct buffer *to)
{
	struct widths w = measure(v);
	buffer_printf(to, "%-*s  %-*s  %-*s  %-*s  commands\n", w.name, "tool", w.version, "version", w.attribute, "attribute", w.path,
		      "store path");
	for (size_t i = 0; i < v->tools.count; i++) {
		const struct expectation *t = &v->tools.at[i];
		buffer_printf(to, "%-*.*s  %-*.*s  %-*.*s  " STORE_PREFIX "%-*.*s ", w.name, TEXT_A(t->name), w.version, TEXT_A(t->version),
			      w.attribute, TEXT_A(t->attribute), w.path - (int)(sizeof STORE_PREFIX - 1), TEXT_A(t->path));
		for (size_t k = 0; k < t->commands.count && k < NAMED_MAX; k++)
			buffer_printf(to, " " TEXT_F, TEXT_A(t->commands.at[k]));
		if (t->commands.count > NAMED_MAX)
			buffer_printf(to, " and %zu more", t->commands.count - NAMED_MAX);
		buffer_printf(to, t->commands.count ? "\n" : " none\n");
	}
}

/* ---- for programs ---- */

static void put_tool(struct json_out *o, const struct expectation *t)
{
	BUFFER_AUTO path = { 0 };
	json_open(o, '{', false);
	json_pair(o, "version", t->version);
	if (t->attribute.len)
		json_pair(o, "attribute", t->attribute);
	if (t->pname.len)
		json_pair(o, "pname", t->pname);
	buffer_printf(&path, STORE_PREFIX TEXT_F, TEXT_A(t->path));
	json_pair(o, "path", buffer_view(&path));
	json_key(o, "commands");
	json_open(o, '{', false);
	for (size_t i = 0; i < t->commands.count; i++) {
		buffer_reset(&path);
		buffer_printf(&path, STORE_PREFIX TEXT_F "/bin/" TEXT_F, TEXT_A(t->path), TEXT_A(t->commands.at[i]));
		json_key_text(o, t->commands.at[i]);
		json_put_text(o, buffer_view(&path));
	}
	json_close(o, '}');
	json_close(o, '}');
}

static void write_json(const struct versions *v, struct buffer *to)
{
	size_t tools = v->tools.count - v->tools.has_nix;
	struct json_out o;
	json_begin(&o, to);
	json_open(&o, '{', false);
	json_pair(&o, "system", v->system);
	json_key(&o, "tools");
	json_open(&o, '{', false);
	for (size_t i = 0; i < tools; i++) {
		json_key_text(&o, v->tools.at[i].name);
		put_tool(&o, &v->tools.at[i]);
	}
	json_close(&o, '}');
	if (v->tools.has_nix) {
		json_key(&o, "nix");
		put_tool(&o, &v->tools.at[tools]);
	}
	json_close(&o, '}');
	json_end(&o);
}

/* ---- for pytest ---- */

static const char PYTEST_HEAD[] =
	"\"\"\"What closure.lock puts on PATH: for pytest alone, or with testinfra.\n"
	"\n"
	"Written by `nixgraft versions --format pytest`: write it anew, do not change it.\n"
	"Where testinfra is there, its fixture `host` (or your own) is asked; else this machine.\n"
	"\"\"\"\n"
	"\n"
	"import subprocess\n"
	"\n"
	"import pytest\n"
	"\n"
	"try:\n"
	"    import testinfra  # noqa: F401\n"
	"except ImportError:\n"
	"\n"
	"    @pytest.fixture\n"
	"    def host():\n"
	"        \"\"\"No other host: this machine.\"\"\"\n"
	"        return None\n"
	"\n"
	"\n";

static const char PYTEST_TAIL[] =
	"\n"
	"PACKAGES = [*TOOLS.values(), *([NIX] if NIX else [])]\n"
	"\n"
	"# For assertions of your own: the version of each tool, and where each command is.\n"
	"EXPECTED_VERSIONS = {name: tool[\"version\"] for name, tool in TOOLS.items()}\n"
	"COMMANDS = {\n"
	"    command: package[\"path\"] + \"/bin/\" + command\n"
	"    for package in PACKAGES\n"
	"    for command in package[\"commands\"]\n"
	"}\n"
	"\n"
	"# What PATH finds for $1, where that leads, and where the lock's own file $2 leads.\n"
	"RESOLVE = r\"\"\"\n"
	"IFS=:\n"
	"set -f\n"
	"leads() { if [ -e \"$1\" ]; then readlink -f -- \"$1\"; else echo nowhere; fi; }\n"
	"for folder in $PATH; do\n"
	"    found=${folder:-.}/$1\n"
	"    if [ -f \"$found\" ] && [ -x \"$found\" ]; then break; fi\n"
	"    found=\n"
	"done\n"
	"echo \"${found:-nothing}\"\n"
	"leads \"$found\"\n"
	"leads \"$2\"\n"
	"\"\"\"\n"
	"\n"
	"\n"
	"def resolve(host, command, path):\n"
	"    \"\"\"What PATH finds for the command, where that leads, and where `path` does.\"\"\"\n"
	"    if host is None:\n"
	"        argv = [\"sh\", \"-c\", RESOLVE, \"sh\", command, path]\n"
	"        output = subprocess.check_output(argv, universal_newlines=True)\n"
	"    else:\n"
	"        output = host.check_output(\"sh -c %s sh %s %s\", RESOLVE, command, path)\n"
	"    return output.splitlines()\n"
	"\n"
	"\n"
	"@pytest.mark.parametrize(\"command\", sorted(COMMANDS))\n"
	"def test_command_is_the_locks(host, command):\n"
	"    found, leads_to, wanted = resolve(host, command, COMMANDS[command])\n"
	"    assert wanted != \"nowhere\", f\"{COMMANDS[command]} is not in the store\"\n"
	"    assert leads_to == wanted, f\"{command} is {found} on PATH, not the lock's\"\n";

/* A string of Python: JSON's escapes mean the same there. */
static void add_string(struct buffer *to, struct text t)
{
	struct json_out o;
	json_begin(&o, to);
	json_put_text(&o, t);
}

static void add_pair(struct buffer *to, const char *indent, const char *key, struct text value)
{
	buffer_printf(to, "%s\"%s\": ", indent, key);
	add_string(to, value);
	buffer_printf(to, ",\n");
}

static void add_package(struct buffer *to, const char *indent, const struct expectation *t)
{
	BUFFER_AUTO path = { 0 };
	buffer_printf(&path, STORE_PREFIX TEXT_F, TEXT_A(t->path));
	buffer_printf(to, "{\n");
	add_pair(to, indent, "version", t->version);
	if (t->attribute.len)
		add_pair(to, indent, "attribute", t->attribute);
	add_pair(to, indent, "path", buffer_view(&path));
	buffer_printf(to, "%s\"commands\": [%s", indent, t->commands.count ? "\n" : "");
	for (size_t i = 0; i < t->commands.count; i++) {
		buffer_printf(to, "%s    ", indent);
		add_string(to, t->commands.at[i]);
		buffer_printf(to, ",\n");
	}
	buffer_printf(to, "%s],\n%s}", t->commands.count ? indent : "", indent + sizeof "    " - 1);
}

static void write_pytest(const struct versions *v, struct buffer *to)
{
	size_t tools = v->tools.count - v->tools.has_nix;
	buffer_printf(to, "%sSYSTEM = ", PYTEST_HEAD);
	add_string(to, v->system);
	buffer_printf(to, "\n\nTOOLS = {%s", tools ? "\n" : "");
	for (size_t i = 0; i < tools; i++) {
		buffer_printf(to, "    ");
		add_string(to, v->tools.at[i].name);
		buffer_printf(to, ": ");
		add_package(to, "        ", &v->tools.at[i]);
		buffer_printf(to, ",\n");
	}
	buffer_printf(to, "}\n\nNIX = ");
	if (v->tools.has_nix)
		add_package(to, "    ", &v->tools.at[tools]);
	else
		buffer_printf(to, "None");
	buffer_printf(to, "\n%s", PYTEST_TAIL);
}

/* ---- for shells ---- */

static const char SHELL_HEAD[] =
	"# What closure.lock puts on PATH, for POSIX shells to source: NIXGRAFT_<TOOL>_VERSION and _PATH, and nixgraft_check.\n"
	"# Written by `nixgraft versions --format shell`: write it anew, do not change it.\n"
	"# shellcheck shell=sh disable=SC2016,SC2034\n";

static const char SHELL_TAIL[] =
	"\n"
	"# nixgraft_find COMMAND: the first program of that name on PATH.\n"
	"nixgraft_find() (\n"
	"	rest=${PATH-}:\n"
	"	while [ -n \"$rest\" ]; do\n"
	"		file=${rest%%:*}\n"
	"		file=${file:-.}/$1\n"
	"		rest=${rest#*:}\n"
	"		if [ -f \"$file\" ] && [ -x \"$file\" ]; then\n"
	"			printf '%s\\n' \"$file\"\n"
	"			exit 0\n"
	"		fi\n"
	"	done\n"
	"	exit 1\n"
	")\n"
	"\n"
	"# nixgraft_expect COMMAND FILE: does the command on PATH lead where FILE does? Says so when it does not.\n"
	"nixgraft_expect() (\n"
	"	found=$(nixgraft_find \"$1\") || found=\n"
	"	if ! [ -e \"$2\" ]; then\n"
	"		printf '%s\\n' \"$1: $2 is not in the store\" >&2\n"
	"	elif [ -z \"$found\" ]; then\n"
	"		printf '%s\\n' \"$1: not on PATH, instead of $2\" >&2\n"
	"	elif [ \"$(readlink -f -- \"$found\")\" = \"$(readlink -f -- \"$2\")\" ]; then\n"
	"		exit 0\n"
	"	else\n"
	"		printf '%s\\n' \"$1: $found on PATH, instead of $2\" >&2\n"
	"	fi\n"
	"	exit 1\n"
	")\n"
	"\n"
	"# nixgraft_check: is each command on PATH the lock's? Says which are not, and fails then.\n"
	"nixgraft_check() (\n"
	"	bad=0\n";

/* Between single quotes, as every shell reads them. */
static void add_quoted(struct buffer *to, struct text t)
{
	buffer_printf(to, "'");
	for (size_t i = 0; i < t.len; i++) {
		if (t.at[i] == '\'')
			buffer_printf(to, "'\\''");
		else
			buffer_add(to, &t.at[i], 1);
	}
	buffer_printf(to, "'");
}

static void add_variables(struct buffer *to, const struct expectation *t)
{
	buffer_printf(to, "NIXGRAFT_" TEXT_F "_VERSION=", TEXT_A(t->variable));
	add_quoted(to, t->version);
	buffer_printf(to, "\nNIXGRAFT_" TEXT_F "_PATH='" STORE_PREFIX TEXT_F "'\n", TEXT_A(t->variable), TEXT_A(t->path));
}

static void add_expectations(struct buffer *to, const struct expectation *t)
{
	for (size_t i = 0; i < t->commands.count; i++) {
		buffer_printf(to, "	nixgraft_expect ");
		add_quoted(to, t->commands.at[i]);
		buffer_printf(to, " \"$NIXGRAFT_" TEXT_F "_PATH\"/bin/", TEXT_A(t->variable));
		add_quoted(to, t->commands.at[i]);
		buffer_printf(to, " || bad=1\n");
	}
}

static void write_shell(const struct versions *v, struct buffer *to)
{
	buffer_printf(to, "%sNIXGRAFT_SYSTEM=", SHELL_HEAD);
	add_quoted(to, v->system);
	buffer_printf(to, "\n");
	for (size_t i = 0; i < v->tools.count; i++)
		add_variables(to, &v->tools.at[i]);
	buffer_printf(to, "%s", SHELL_TAIL);
	for (size_t i = 0; i < v->tools.count; i++)
		add_expectations(to, &v->tools.at[i]);
	buffer_printf(to, "	exit \"$bad\"\n)\n");
}

static const struct versions_form FORMS[] = {
	{ "table", write_table }, { "json", write_json }, { "pytest", write_pytest }, { "shell", write_shell }, { 0 },
};

const struct versions_form *versions_form(struct text name)
{
	for (const struct versions_form *form = FORMS; form->name; form++)
		if (text_equal(name, text_of(form->name)))
			return form;
	return NULL;
}
