/* scanflow: downloads on their way through a stage: where each lies, what was made of it, which commands serve it. */
#ifndef PLAN_SCANFLOW_H
#define PLAN_SCANFLOW_H

#include "plan/scandata.h"

/* A scan begins, of a file of these bytes. */
void scan_flow_begin(struct scan_work *work, struct text bytes, struct arena *a, struct scan *out);

/* A script begins: its variables and its folder. */
void scan_flow_script(const struct scan_place *place);

/* A path of the script, from its working directory. */
struct text scan_flow_path(const struct scan_place *place, struct text path);

/* The download of which that path is; `loose`: also when it lies in a common folder that the same script unpacked it into. */
size_t scan_flow_at(const struct scan_place *place, struct text path, bool loose);

/* The same, with all that is known; NULL when nothing is. */
const struct scan_where *scan_flow_where(const struct scan_place *place, struct text path, bool loose);

/* Somebody moves that path, which no download of his own script explains: what was unpacked into a folder above it
 * stays. Gives the last of these downloads, or FETCH_NONE. */
size_t scan_flow_claim(const struct scan_place *place, struct text path);

/* A folder, or what a pattern names, is taken whole: the downloads that lie in it cannot be taken out, because. */
void scan_flow_keep_below(const struct scan_place *place, struct text path, struct text why);

/* Puts a download, or text, at a path. */
void scan_flow_put(const struct scan_place *place, struct scan_where where);

/* Adds a download; FETCH_NONE when there are too many. */
size_t scan_flow_add(struct scan_work *work, const struct scan_fetch *fetch);

/* The download of that number. */
struct scan_fetch *scan_flow_fetch(const struct scan_place *place, size_t fetch);

/* It is that; only a later role replaces an earlier one. */
void scan_flow_role(const struct scan_place *place, size_t fetch, enum scan_role role);

/* The command serves the download. */
void scan_flow_serve(const struct scan_call *call, size_t fetch);

/* It cannot be taken out, because; the first reason counts. */
void scan_flow_keep(const struct scan_place *place, size_t fetch, struct text why);

/* It was verified; the best counts. */
void scan_flow_verified(const struct scan_place *place, size_t fetch, enum software_check check);

/* What a variable that `word` puts in holds; none when nothing that was downloaded. */
struct scan_stream scan_flow_variable(const struct scan_place *place, struct text word);

/* Does it carry a download, or a part of one? */
bool scan_is_download(struct scan_stream stream);

/* What lies at that path: a download, or a text; none when that is not known. */
struct scan_stream scan_flow_read(const struct scan_place *place, struct text path);

/* What comes into a command: from a pipe, a file, a here-document. */
struct scan_stream scan_flow_input(const struct scan_call *call);

/* A download lies there now: what is it, by that? */
void scan_flow_settle(const struct scan_place *place, size_t fetch, struct text path);

/* A stream is written to a path by that command. */
void scan_flow_store(const struct scan_call *call, struct text path, struct scan_stream stream);

#endif
