// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/routes.h"

/* The Makefile tells the assembler where Documentation is. */
__asm__(".section .rodata\n"
	"api_openapi_text:\n"
	".incbin \"mbusd-api.yaml\"\n"
	"api_openapi_end:\n"
	".previous\n");

extern const char api_openapi_text[], api_openapi_end[];

enum MHD_Result api_openapi(struct api_request *request)
{
	return api_reply_constant(request, "application/yaml",
				  api_openapi_text,
				  api_openapi_end - api_openapi_text);
}
