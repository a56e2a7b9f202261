/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The requests of the API.
 */
#ifndef MBUSD_API_ROUTES_H
#define MBUSD_API_ROUTES_H

#include "api/request.h"

/*
 * Answers @request, whose path is @path, as libmicrohttpd has unescaped it with
 * api_unescape().
 */
enum MHD_Result api_route(struct api_request *request, const char *path);

/*
 * Replaces %XX in @text in place, returns its length. NUL and invalid escapes
 * become a control character, which no path or parameter contains.
 */
size_t api_unescape(void *context, struct MHD_Connection *connection,
		    char *text);

/* state.c */
enum MHD_Result api_status(struct api_request *request);
enum MHD_Result api_buses(struct api_request *request);
enum MHD_Result api_bus(struct api_request *request);
enum MHD_Result api_meters(struct api_request *request);
enum MHD_Result api_meter(struct api_request *request);
enum MHD_Result api_outputs(struct api_request *request);
enum MHD_Result api_findings(struct api_request *request);
enum MHD_Result api_metrics(struct api_request *request);
enum MHD_Result api_openapi(struct api_request *request);

/* readings.c */
enum MHD_Result api_meter_readings(struct api_request *request);
enum MHD_Result api_readings(struct api_request *request);
enum MHD_Result api_latest_readings(struct api_request *request);

/* actions.c */
enum MHD_Result api_read_meter(struct api_request *request);
enum MHD_Result api_read_address(struct api_request *request);
enum MHD_Result api_scan(struct api_request *request);

/* parked.c */
enum MHD_Result api_parked(struct api_request *request);
enum MHD_Result api_send_parked(struct api_request *request);

/* streams.c */
enum MHD_Result api_events(struct api_request *request);
enum MHD_Result api_scan_state(struct api_request *request);
enum MHD_Result api_scan_cancel(struct api_request *request);
enum MHD_Result api_scan_events(struct api_request *request);

#endif
