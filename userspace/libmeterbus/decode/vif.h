/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The code tables of EN 13757-3: what value information fields mean.
 */
#ifndef LIBMETERBUS_VIF_H
#define LIBMETERBUS_VIF_H

#include <stdbool.h>
#include <stdint.h>

#define EXTENSION_BIT 0x80

/* Primary codes that lead elsewhere. */
#define VIF_TABLE_FB	0x7B
#define VIF_PLAIN_TEXT	0x7C
#define VIF_TABLE_FD	0x7D
#define VIF_MANUFACTURER 0x7F
/* In table FD: another level. */
#define VIF_FD_TABLE_FD	0x7D

/* How the data of a code is to be read. */
enum vif_type {
	VIF_NUMBER,	/* type B where binary: signed */
	VIF_UNSIGNED,	/* types C and D where binary */
	VIF_FRACTION,	/* unsigned, in units of 2^-12 */
	VIF_DATE,	/* type G */
	VIF_DATE_TIME,	/* types F, I, J by length */
	VIF_DATE_BY_LENGTH, /* any of them */
	VIF_BYTES,	/* a container, to be passed on as it is */
	VIF_TYPE_K,	/* begin and end of summer time: passed on as it is */
	VIF_TYPE_L,	/* listening windows: passed on as they are */
	VIF_IDENTIFIER,	/* digits of a label or a key: text, zeros in front kept */
	VIF_IDENTIFIER_MASK, /* the same with wildcards, from a master */
	VIF_IDENTIFICATION, /* an identifier, or with 8 bytes a secondary address */
	VIF_DEVICE_TYPE, /* a code of the header's medium byte */
	VIF_MANUFACTURER_CODE, /* three letters in 16 bits */
};

struct vif {
	const char *quantity;	/* NULL: reserved */
	const char *unit;	/* SI prefixes are in the exponent; NULL: none */
	int8_t exponent;
	uint8_t type;		/* enum vif_type */
};

/*
 * These tables are the only names that libmeterbus-format takes from
 * libmeterbus beside its headers; to the linker they are
 * meterbus_private_<name>.
 */
#define FOR_FORMAT(name)                            \
	__asm__("meterbus_private_" #name) \
	__attribute__((visibility("default")))

/* By code without extension bit. */
extern const struct vif vif_primary[128] FOR_FORMAT(vif_primary);
extern const struct vif vif_fb[128] FOR_FORMAT(vif_fb);
extern const struct vif vif_fd[128] FOR_FORMAT(vif_fd);
/* FD FD: few codes are used; reserved ones have no quantity. */
extern const struct vif vif_fd_fd[128] FOR_FORMAT(vif_fd_fd);

/* VIFEs that may follow any of the above ("orthogonal"). */
#define VIFE_TABLE_FC	0x7C
#define VIFE_MANUFACTURER 0x7F

enum vife_effect {
	VIFE_WORDS,		/* describes the value */
	VIFE_RECORD_ERROR,	/* from the meter: there is no value */
	VIFE_NOTHING,		/* from the meter: record error "none" */
	VIFE_DATE_OF,		/* the data is the date of an event */
	VIFE_DURATION_OF,	/* the data is a duration in unit */
	VIFE_COUNT_OF,		/* the data is a count of events */
	VIFE_OTHER_UNIT,	/* the unit of the VIF is replaced by an unknown one */
	VIFE_PER,		/* @unit belongs behind the unit of the VIF */
	VIFE_TYPE_UNSIGNED,	/* types C and D */
	VIFE_CONTAINER,		/* data of variable length is no text but many values */
	VIFE_FACTOR,		/* times 10^exponent */
	VIFE_OFFSET,		/* plus 10^exponent of the unit */
};

struct vife {
	const char *words;	/* NULL: reserved, or no words needed */
	const char *unit;	/* VIFE_DURATION_OF, VIFE_PER */
	int8_t exponent;	/* VIFE_FACTOR, VIFE_OFFSET */
	uint8_t effect;		/* enum vife_effect */
};

extern const struct vife vife_orthogonal[128] FOR_FORMAT(vife_orthogonal);
extern const struct vife vife_fc[128] FOR_FORMAT(vife_fc);

/* What a master asks for with the lowest codes; NULL: reserved. */
#define VIFE_ACTIONS 16
extern const char *const vife_action[VIFE_ACTIONS] FOR_FORMAT(vife_action);

/* True if table entry @vife has a meaning. */
static inline bool vife_known(const struct vife *vife)
{
	return vife->words || vife->effect != VIFE_WORDS;
}

#endif
