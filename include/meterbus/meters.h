/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Descriptions of meters: what the codes mean that the standard leaves to the
 * manufacturer. They are files (Documentation/meters.md), of which a program
 * loads a folder or two when it starts and gives them to its decoders
 * (<meterbus/decoder.h>).
 */
#ifndef METERBUS_METERS_H
#define METERBUS_METERS_H

#include <stddef.h>

#include <meterbus/error.h>
#include <meterbus/version.h>

METERBUS_BEGIN_DECLS

struct meterbus_meters;
struct meterbus_profile;

/*
 * Loads all files *.conf of the @count @folders, in the order of their names;
 * of two descriptions that fit a meter that of the later folder holds. A
 * folder that is not there is empty. NULL with METERBUS_E_USAGE (file, line
 * and mistake) or METERBUS_E_SYSTEM; meterbus_meters_free() takes what comes.
 */
struct meterbus_meters *meterbus_meters_load(const char *const *folders,
					     size_t count,
					     struct meterbus_error *err);
/*
 * Those that are installed, or of a program that is not, in the folder meters.d
 * beside it; then those of the system's own, /etc/mbus/meters.d.
 */
struct meterbus_meters *
meterbus_meters_load_default(struct meterbus_error *err);
void meterbus_meters_free(struct meterbus_meters *meters);

/* The description behind @profile, the first one for NULL; NULL at the end. */
const struct meterbus_profile *
meterbus_meters_next(const struct meterbus_meters *meters,
		     const struct meterbus_profile *profile);

/* Of a description; they live as long as it. */
const char *meterbus_profile_name(const struct meterbus_profile *profile);
const char *meterbus_profile_source(const struct meterbus_profile *profile);
const char *meterbus_profile_file(const struct meterbus_profile *profile);
/* "KAM 40 04 0C 0D": manufacturer, versions, media ("*": all). */
#define METERBUS_PROFILE_FOR 256
char *meterbus_profile_for(const struct meterbus_profile *profile,
			   char out[METERBUS_PROFILE_FOR]);

METERBUS_END_DECLS

#endif
