// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "api/routes.h"

#define PARAMETERS_MAX 6

/* The same as in Documentation/mbusd-api.yaml; a test compares them. */
static const struct route {
	const char *method;
	const char *path;
	enum api_role role;	/* that it needs */
	enum MHD_Result (*answer)(struct api_request *request);
	const char *parameters[PARAMETERS_MAX + 1];
} routes[] = {
	{ "GET", "/v1/status", API_ROLE_READ, api_status, { 0 } },
	{ "GET", "/v1/buses", API_ROLE_READ, api_buses, { 0 } },
	{ "GET", "/v1/buses/{bus}", API_ROLE_READ, api_bus, { 0 } },
	{ "POST", "/v1/buses/{bus}/read", API_ROLE_OPERATE, api_read_address,
	  { "address", "force", "timeout", "format" } },
	{ "POST", "/v1/buses/{bus}/scans", API_ROLE_OPERATE, api_scan, { "kind", "mask" } },
	{ "GET", "/v1/buses/{bus}/scans/{scan}", API_ROLE_READ, api_scan_state, { 0 } },
	{ "DELETE", "/v1/buses/{bus}/scans/{scan}", API_ROLE_OPERATE, api_scan_cancel, { 0 } },
	{ "GET", "/v1/buses/{bus}/scans/{scan}/events", API_ROLE_READ, api_scan_events,
	  { 0 } },
	{ "GET", "/v1/meters", API_ROLE_READ, api_meters, { 0 } },
	{ "GET", "/v1/meters/{meter}", API_ROLE_READ, api_meter, { 0 } },
	{ "POST", "/v1/meters/{meter}/read", API_ROLE_OPERATE, api_read_meter,
	  { "force", "timeout", "format" } },
	{ "GET", "/v1/meters/{meter}/readings", API_ROLE_READ, api_meter_readings,
	  { "since", "until", "limit", "order", "outcome" } },
	{ "GET", "/v1/readings", API_ROLE_READ, api_readings,
	  { "since", "until", "limit", "order", "outcome" } },
	{ "GET", "/v1/readings/latest", API_ROLE_READ, api_latest_readings, { 0 } },
	{ "GET", "/v1/outputs", API_ROLE_READ, api_outputs, { 0 } },
	{ "GET", "/v1/outputs/{output}/parked", API_ROLE_READ, api_parked,
	  { 0 } },
	{ "POST", "/v1/outputs/{output}/parked/send", API_ROLE_OPERATE,
	  api_send_parked, { "readout" } },
	{ "GET", "/v1/findings", API_ROLE_READ, api_findings, { "bus" } },
	{ "GET", "/v1/events", API_ROLE_READ, api_events, { 0 } },
	{ "GET", "/metrics", API_ROLE_METRICS, api_metrics, { 0 } },
	{ "GET", "/openapi.yaml", API_ROLE_READ, api_openapi, { 0 } },
};

#define ROUTES (sizeof(routes) / sizeof(routes[0]))

/* Paths and parameters are ASCII. */
static bool is_text(const char *text)
{
	while (*text >= ' ' && *text <= '~')
		text++;
	return !*text;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t api_unescape(void *context, struct MHD_Connection *connection,
		    char *text)
{
	char *out = text;

	(void)context;
	(void)connection;
	for (const char *in = text; *in; in++) {
		int high, low;

		if (*in != '%') {
			*out++ = *in;
			continue;
		}
		high = hex_digit(in[1]);
		low = high < 0 ? -1 : hex_digit(in[2]);
		if (low < 0 || !(high << 4 | low)) {
			*out++ = '\x01';
			continue;
		}
		*out++ = (char)(high << 4 | low);
		in += 2;
	}
	*out = '\0';
	return out - text;
}

static bool match(const char *pattern, const char *path,
		  struct api_request *request)
{
	unsigned int segment = 0;
	size_t len;

	while (*pattern) {
		if (*pattern != '{') {
			if (*pattern++ != *path++)
				return false;
			continue;
		}
		len = strcspn(path, "/");
		if (!len || len > CONFIG_NAME_MAX)
			return false;
		memcpy(request->segments[segment], path, len);
		request->segments[segment++][len] = '\0';
		path += len;
		pattern = strchr(pattern, '}') + 1;
	}
	return !*path;
}

/* Routes with the same path are adjacent; literals come before {name}. */
static const struct route *find(struct api_request *request, const char *path,
				char *allowed, size_t size)
{
	/* HEAD is GET, of which libmicrohttpd sends the headers only. */
	bool head = !strcmp(request->method, "HEAD");
	const char *method = head ? "GET" : request->method;

	allowed[0] = '\0';
	for (size_t i = 0; i < ROUTES; i++) {
		if (!match(routes[i].path, path, request))
			continue;
		if (!strcmp(routes[i].method, method))
			return &routes[i];
		if (allowed[0])
			strncat(allowed, ", ", size - strlen(allowed) - 1);
		strncat(allowed, routes[i].method,
			size - strlen(allowed) - 1);
	}
	return NULL;
}

struct parameters {
	const struct route *route;
	const char *wrong;
	const char *why;
	unsigned int seen;	/* a bit for each of the route's */
};

static enum MHD_Result check_parameter(void *context, enum MHD_ValueKind kind,
				       const char *key, const char *value)
{
	struct parameters *parameters = context;
	unsigned int i = 0;

	(void)kind;
	while (parameters->route->parameters[i] &&
	       strcmp(parameters->route->parameters[i], key))
		i++;
	parameters->wrong = is_text(key) ? key : "a parameter";
	if (!parameters->route->parameters[i])
		parameters->why = "is not a parameter of this request";
	else if (parameters->seen & 1U << i)
		parameters->why = "is given twice";
	else if (!value || !*value)
		parameters->why = "has no value";
	else if (!is_text(value))
		parameters->why = "has a character that is not printable ASCII";
	else
		parameters->wrong = NULL;
	parameters->seen |= 1U << i;
	return parameters->wrong ? MHD_NO : MHD_YES;
}

enum MHD_Result api_route(struct api_request *request, const char *path)
{
	struct parameters parameters = { 0 };
	char allowed[64];

	if (!is_text(path))
		return api_refuse(request, MHD_HTTP_BAD_REQUEST,
				  METERBUS_E_USAGE,
				  "the path has a character that is not printable ASCII");
	parameters.route = find(request, path, allowed, sizeof(allowed));
	if (!parameters.route && allowed[0]) {
		request->allow = allowed;
		return api_refuse(request, MHD_HTTP_METHOD_NOT_ALLOWED,
				  METERBUS_E_USAGE, "%.20s %.80s: use %s",
				  request->method, path, allowed);
	}
	if (!parameters.route)
		return api_refuse(request, MHD_HTTP_NOT_FOUND,
				  METERBUS_E_USAGE,
				  "there is no %.100s; see /openapi.yaml",
				  path);
	if (request->role < parameters.route->role)
		return api_refuse(request, MHD_HTTP_FORBIDDEN,
				  METERBUS_E_PERMISSION,
				  "this needs the role %s, you have %s",
				  api_role_name(parameters.route->role),
				  api_role_name(request->role));
	MHD_get_connection_values(request->connection, MHD_GET_ARGUMENT_KIND,
				  check_parameter, &parameters);
	if (parameters.wrong)
		return api_refuse(request, MHD_HTTP_BAD_REQUEST,
				  METERBUS_E_USAGE, "%.40s %s",
				  parameters.wrong, parameters.why);
	return parameters.route->answer(request);
}
