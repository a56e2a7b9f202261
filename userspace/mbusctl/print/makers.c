// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Makers of meters by manufacturer code, as registered with the FLAG
 * Association; those that are found on a wired M-Bus.
 */
#include <string.h>

#include "print/sheet.h"

static const struct {
	char code[4];
	const char *name;
} makers[] = {
	{ "ABB", "ABB" },
	{ "ACE", "Itron" },		/* was Actaris */
	{ "ACG", "Itron" },
	{ "ACW", "Itron" },
	{ "AMT", "Integra Metering" },	/* was Aquametro */
	{ "APA", "Apator" },
	{ "APT", "Apator" },
	{ "AXI", "Axioma Metering" },
	{ "BEC", "Berg" },
	{ "BER", "Bernina Electronic" },
	{ "BMT", "BMETERS" },
	{ "DME", "Diehl Metering" },
	{ "DZG", "DZG Metering" },
	{ "EBZ", "eBZ" },
	{ "EFE", "Engelmann" },
	{ "ELR", "Elster" },
	{ "ELS", "Elster" },
	{ "ELV", "Elvaco" },
	{ "EMH", "EMH" },
	{ "EMU", "EMU Electronic" },
	{ "ESY", "EasyMeter" },
	{ "FIN", "Finder" },
	{ "GAV", "Carlo Gavazzi" },
	{ "GSS", "Gossen Metrawatt" },
	{ "GMC", "Gossen Metrawatt" },
	{ "GWF", "GWF" },
	{ "HAG", "Hager" },
	{ "HYD", "Hydrometer" },
	{ "IME", "IME" },
	{ "INV", "Invensys" },
	{ "IST", "ista" },
	{ "ITR", "Itron" },
	{ "ITU", "Itron" },
	{ "ITW", "Itron" },
	{ "KAM", "Kamstrup" },
	{ "KAW", "Kamstrup" },
	{ "LGB", "Landis+Gyr" },
	{ "LGZ", "Landis+Gyr" },
	{ "LSE", "Landis & Staefa" },
	{ "LUG", "Landis+Gyr" },
	{ "MAD", "Maddalena" },
	{ "NES", "Networked Energy Services" },
	{ "NZR", "NZR" },
	{ "PAD", "PadMess" },
	{ "QDS", "Qundis" },
	{ "REL", "Relay" },
	{ "SAP", "Sappel" },
	{ "SBC", "Saia-Burgess Controls" },
	{ "SEC", "Schneider Electric" },
	{ "SEN", "Sensus" },
	{ "SIE", "Siemens" },
	{ "SLB", "Schlumberger" },
	{ "SON", "Sontex" },
	{ "SPX", "Sensus" },
	{ "SVM", "Elster" },		/* was SVM */
	{ "TCH", "Techem" },
	{ "WEP", "Weptech" },
	{ "WZG", "Modularis" },
	{ "ZPA", "ZPA" },
	{ "ZRI", "Zenner" },
	{ "ZRM", "Minol" },
};

const char *maker_name(const char code[4])
{
	for (size_t i = 0; i < sizeof(makers) / sizeof(makers[0]); i++)
		if (!strcmp(makers[i].code, code))
			return makers[i].name;
	return NULL;
}
