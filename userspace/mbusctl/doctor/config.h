/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration of mbusd as it may be shown to others.
 */
#ifndef MBUSCTL_DOCTOR_CONFIG_H
#define MBUSCTL_DOCTOR_CONFIG_H

/*
 * Copies @path, and conf.d beside it, to @out: without comments, and with the
 * values of known harmless keys only. What cannot be read is named in @out.
 * Returns STATUS_OK or what fail() returned.
 */
int doctor_copy_config(const char *path, const char *out);

#endif
