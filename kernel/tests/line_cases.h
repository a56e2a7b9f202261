/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What line.c must do, as scripts of events at their times, see line_lab.h:
 * run by KUnit (line_kunit.c), and in userspace with the sanitizers.
 */
#ifndef MBUS_LINE_CASES_H
#define MBUS_LINE_CASES_H

#include "line_lab.h"

#define ANSWER	"68040468080072118B16"
#define BAD_SUM	"68040468080072118C16"

struct line_case {
	const char *name;
	const char *script[8];	/* in lines */
};

static const struct line_case line_cases[] = {
	/* Guard. */
	{ "the first frame waits for the guard from attach on", {
		"mark start +1000 sent:1 sent-at:60",
	} },
	{ "the guard follows the last byte", {
		"req +50 mark rx:" ANSWER " frame req sent-at:60",
	} },
	{ "the quiet that makes an ack lies inside the guard", {
		"req +40 mark rx:E5 +33.75 ack req sent-at:60",
	} },
	{ "the guard follows the baud rate", {
		"baud:300 mark start +1000 sent-at:110",
	} },
	{ "the guard can be set", {
		"bus-guard:10 mark start +1000 sent-at:10",
	} },
	{ "a frame the tty takes after it was given up is on the wire, too", {
		"tty:none start +3000 error tty:all late-worker start mark took:5",
		"in-time-worker +1000 sent:2 sent-at:82.916",
	} },
	{ "a transaction may bring its own guard", {
		"req mark rx:" ANSWER " guard:500 start +499 sent:1",
		"+2 sent:2 sent-at:500",
	} },
	{ "a byte during the guard begins it anew", {
		"start +30 mark rx:55 +1000 sent-at:60 findings:1",
	} },
	{ "a byte between the timer and the worker begins it anew", {
		"late-worker start +61 mark rx:55 work sent:0",
		"in-time-worker +1000 sent-at:60",
	} },
	{ "nothing is sent over a frame that is coming in", {
		"start +30 rx:6804 +90 rx:0468080072118B sent:0 +90 sent:0 rx:16",
		"mark +60 sent:1 sent-at:60",
	} },
	{ "a line that never falls quiet is given up", {
		"start noise:280 collision reason:noise tries:0 sent:0",
	} },

	/* Response window. */
	{ "silence ends at the end of the window", {
		"req mark +207.4 open +1 silence tries:1 at:207.5 answer:",
	} },
	{ "silence is reported after all repeats and full windows", {
		"repeats:2 mark start +60 sent:1 +230 open +1 sent:2 sent-at:290.417",
		"+231 sent:3 sent-at:520.833 +229 open +1 silence tries:3",
	} },
	{ "the window follows the baud rate", {
		"baud:300 req mark +1169 open +2 silence at:1170",
	} },
	{ "a transaction may bring its own window", {
		"window:1000 req mark +999 open +2 silence at:1000",
	} },
	{ "an answer may begin at the end of the window", {
		"req +207 rx:68 +50 rx:040468080072118B16 frame flags:",
	} },
	{ "the window begins when the tty has taken all", {
		"tty:none start +61 took:2 +200 mark took:3 open +207.4 open +1",
		"silence",
	} },

	{ "the window is extended while bytes may be an echo", {
		"snd req mark +200 rx:680404 +99 open rx:68080072118B16 frame",
		"answer:" ANSWER,
	} },
	{ "and for no longer than the gap limit", {
		"req mark +200 rx:10 +99 open +2 echo-only at:300 findings:1",
	} },

	/* Answers. */
	{ "delays are those of all answers", {
		"req +40 rx:" ANSWER " delays:1:40:40:40 req +30 rx:" ANSWER,
		"delays:2:30:40:70 req +60 rx:" ANSWER " delays:3:30:60:130",
	} },
	{ "a clean E5 is an ack after 33 bits of quiet", {
		"repeats:2 req +40 mark rx:E5 +13.75 open +20 ack tries:1 answer:E5",
		"at:33.75 first:0 findings:0",
	} },
	{ "an ack after an earlier frame is alone", {
		"req +40 rx:" ANSWER " frame req +40 rx:E5 +100 ack",
	} },
	{ "a valid frame ends it at once", {
		"repeats:2 req mark +60 rx:" ANSWER " frame tries:1 at:60",
		"answer:" ANSWER " first:60",
	} },
	{ "a frame in chunks is whole within the gap limit", {
		"req +50 rx:68 +99 rx:0404 +99 rx:68080072 +99 rx:118B16 frame",
	} },
	{ "a frame with a flagged byte is valid and flagged", {
		"req +50 rx:6804p0468080072118B16 frame flags:parity",
	} },
	{ "counted errors come with the next bytes", {
		"req +50 counted:p rx:" ANSWER " frame flags:parity",
	} },
	{ "and with none after them", {
		"req +50 counted:p rx:" ANSWER " frame",
		"req +50 rx:" ANSWER " frame flags:",
	} },
	{ "lost bytes are flagged and are no data", {
		"req +50 rx:00o" ANSWER " frame flags:overrun",
	} },
	{ "junk before the answer is reported", {
		"req +50 rx:55 rx:" ANSWER " frame flags:junk findings:1",
	} },
	{ "junk with a flag of its own before the answer", {
		"req +50 rx:55p rx:" ANSWER " frame flags:junk,parity",
	} },

	{ "bad bytes are counted by what is wrong with them", {
		"rx:00p00p00p00f00b00o +100 counted:f errors:3:2:1:1",
	} },
	{ "a frame in the chunk that ended another began with it", {
		"rx:6804 mark +50 rx:0468080072118B16" ANSWER " frames:2 began:50",
	} },

	/* Garbled. */
	{ "a wrong checksum is asked for again after the guard", {
		"repeats:2 req +50 mark rx:" BAD_SUM " open +61 findings:1 sent:2",
		"sent-at:60 +80 rx:" ANSWER " frame tries:2",
		"answer:" ANSWER,
	} },
	{ "a wrong checksum every time", {
		"repeats:1 req +50 rx:" BAD_SUM " +160 rx:" BAD_SUM " +100 garbled",
		"reason:checksum tries:2 answer:" BAD_SUM,
	} },
	{ "a wrong stop", {
		"req +50 rx:68040468080072118B17 +100 garbled reason:stop",
	} },
	{ "a wrong header", {
		"req +50 rx:68040568080072118B16 +100 garbled reason:header",
	} },
	{ "a frame cut short, at the gap limit", {
		"req +50 mark rx:680404680800 +99 open +2 garbled",
		"reason:truncated answer:680404680800 at:100",
	} },

	/* Collisions are not repeated. */
	{ "two acks", {
		"repeats:2 req +40 rx:E5 +8 rx:E5 +100 collision reason:company",
		"answer:E5E5 sent:1",
	} },
	{ "an ack and a byte", {
		"repeats:2 req +40 rx:E5 +8 rx:01 +100 collision reason:company",
		"sent:1",
	} },
	{ "a byte and an ack", {
		"repeats:2 req +40 rx:01 +8 rx:E5 +100 collision",
	} },
	{ "an ack and a frame", {
		"req +40 rx:E5 +8 rx:" ANSWER " +300 collision",
		"reason:company",
	} },
	{ "an ack with a parity error", {
		"req +40 rx:E5p +100 collision reason:parity flags:parity",
	} },
	{ "an ack with a counted parity error", {
		"req +40 counted:p rx:E5 +100 collision reason:parity",
	} },
	{ "a lone NUL", {
		"repeats:2 req +40 mark rx:00 +100 collision reason:nul",
		"at:33.75 sent:1",
	} },
	{ "a break", {
		"repeats:2 req +40 rx:00b +100 collision reason:break",
		"flags:break sent:1",
	} },
	{ "a break makes a damaged frame a collision", {
		"repeats:2 req +40 rx:685E5E68080000b +300 collision reason:break",
	} },
	{ "a few bytes that begin no frame", {
		"repeats:2 req +40 rx:FD +100 collision reason:noise sent:1",
	} },
	{ "bytes without an end", {
		"req rx-noise:700 collision",
	} },
	{ "a switching glitch is no answer", {
		"start +61 rx:00 +80 open findings:1 rx:E5 +100 ack flags:junk",
		"answer:E5",
	} },
	{ "what comes before a meter could have answered is a glitch", {
		"req +9 rx:00 +100 open rx:E5 +100 ack flags:junk",
	} },
	{ "what comes when a meter could have answered is not", {
		"req +9.2 rx:00 +100 collision",
	} },
	{ "an early glitch alone is no answer, and a finding", {
		"start +61 rx:00 +1000 silence findings:1 flags:junk",
	} },

	/* Quiet after a collision. */
	{ "the guard follows the end of a converter's break", {
		"req +40 mark rx:00 +40 collision req sent-at:160",
	} },
	{ "and of one the driver reported", {
		"req +40 mark rx:00b +40 collision req sent-at:160",
	} },
	{ "and of one that cut an E5 short", {
		"req +40 rx:E5 +5 mark rx:00 +40 collision reason:company",
		"req sent-at:160",
	} },
	{ "and of one in the middle of a frame", {
		"req +40 rx:680404680800F1 +50 mark rx:00 +100 garbled",
		"req sent-at:160",
	} },
	{ "garbage after a collision waits longer each time", {
		"bus-guard:10 req +40 mark rx:FD +30 collision req sent-at:60",
		"+40 mark rx:" BAD_SUM " +30 garbled req sent-at:180",
		"+40 mark rx:" BAD_SUM " +30 garbled req sent-at:540",
		"+40 mark rx:" BAD_SUM " +30 garbled req sent-at:700",
		"+40 mark rx:" BAD_SUM " +30 garbled req sent-at:700",
		"+40 mark rx:" ANSWER " frame req sent-at:10",
	} },
	{ "silence forgives a collision", {
		"bus-guard:10 req +40 rx:FD +30 collision req +1000 silence",
		"mark rx:55 +20 req sent-at:20",
	} },

	/* Echo. */
	{ "an echo is removed and learnt", {
		"req rx:" REQUEST " echo-is:present +40 open rx:" ANSWER "",
		"frame flags:echo answer:" ANSWER " findings:0 frames:1",
	} },
	{ "echo and answer in one chunk", {
		"req rx:105BFD5816" ANSWER " frame flags:echo",
	} },
	{ "only an echo", {
		"repeats:1 start +60 rx:" REQUEST " +231 sent:2 rx:" REQUEST,
		"+1000 echo-only tries:2 answer:",
	} },
	{ "an echo cut short is echo-only", {
		"req rx:105B +1000 echo-only findings:1",
	} },
	{ "a part of an echo does not hide the answer", {
		"req rx:105BFD +40 rx:" ANSWER " frame",
		"answer:" ANSWER " findings:1",
	} },
	{ "answers without an echo teach that there is none", {
		"req rx:" ANSWER " req rx:" ANSWER "",
		"req rx:" ANSWER " echo-is:unknown",
		"req rx:" ANSWER " echo-is:absent",
	} },
	{ "an answer that begins like the request is no echo", {
		"snd req +30 rx:68040468 +20 rx:080072118B16 frame flags:",
		"answer:" ANSWER,
	} },
	{ "an echo that differs is a finding", {
		"echo:on req rx:105B015816 +1000 echo-only findings:1",
	} },
	{ "a damaged one shows that something else was sent", {
		"req rx:" REQUEST " +50 rx:" ANSWER " frame flags:echo",
		"start +70 rx:105BFF5816 +1000 echo-only flags:echo,junk",
	} },
	{ "which it does not where it always is", {
		"start +70 rx:105BFF5816 +1000 echo-only flags:echo",
		"start +10 rx:105BFF5816 +1000 echo-only flags:echo",
	} },
	{ "a late lump: what is left of the echo, then an acknowledge", {
		"req +40 rx:5BFD5816E5 +40 ack findings:1 flags:echo",
	} },
	{ "a late lump: what is left of the echo is all", {
		"req +40 rx:FD5816 +1000 echo-only findings:1",
	} },
	{ "an echo with a flagged byte is one", {
		"echo:on req rx:105BFDp5816 +1000 echo-only findings:0",
	} },
	/* Frames that no transaction explains. */
	{ "an E5 behind an acknowledge is reported by the next transaction", {
		"req +40 rx:E5 +34 ack +10 rx:E5 +60 req +50 rx:" ANSWER,
		"frame flags:unasked",
	} },
	{ "and by that one only", {
		"req +40 rx:E5 +34 ack +10 rx:E5 +60 req +50 rx:" ANSWER,
		"+100 req +50 rx:" ANSWER " frame flags:",
	} },
	{ "the same frame once more is none of these", {
		"req +50 rx:" ANSWER " +20 rx:" ANSWER " +60 req +50",
		"rx:" ANSWER " frame flags:",
	} },
	{ "nor is an E5 left of a collision", {
		"req +40 rx:E5E5 +40 collision rx:E5 +60 req +50 rx:" ANSWER,
		"frame flags:",
	} },
	{ "an E5 during a transmission is no answer once none was so early", {
		"req +50 rx:" ANSWER " +60 req +50 rx:" ANSWER,
		"+60 req +50 rx:" ANSWER " +70 start +5 rx:E5 +1000 silence",
	} },

	{ "our own frame behind junk is no answer", {
		"req rx:00 rx:" REQUEST " +40 rx:" ANSWER " frame",
		"answer:" ANSWER,
	} },
	{ "without echo our own frame is a finding", {
		"echo:off req rx:" REQUEST " +1000 echo-only findings:1",
	} },

	/* Races of answer and timer. */
	{ "the answer before a late window timer", {
		"req jump:250 rx:" ANSWER " frame timer frame flags:",
	} },
	{ "the answer and the timer at the same time", {
		"req jump:207.5 rx:" ANSWER " timer frame",
	} },
	{ "the timer before the answer: late, and the slack follows", {
		"req +207.51 silence +3 rx:" ANSWER " silence",
		"last:late,unasked late:1 slack:43.01",
	} },
	{ "an answer long after is nobody's", {
		"req +208 silence +3000 rx:" ANSWER " last:unasked late:0",
	} },
	{ "a late answer is taken instead of a repeat", {
		"repeats:2 req late-worker +207.51 rx:68040468 +20 rx:080072118B16",
		"frame flags:late tries:1 sent:1 late:1",
	} },
	{ "an ack and its timer at the same time", {
		"req +40 rx:E5 jump:33.75 timer ack",
	} },
	{ "company just before the late timer", {
		"req +40 rx:E5 jump:13 rx:E5 timer open +100 collision",
	} },
	{ "company behind an ack whose timer is late", {
		"req +40 rx:E5 jump:100 rx:E5 timer open +100 collision",
		"reason:company",
	} },
	{ "the rest of a frame before the late gap timer", {
		"req +50 rx:6804 jump:150 rx:0468080072118B16 timer frame",
	} },
	{ "the answer before the tty reports that it took the request", {
		"tty:none start +61 rx:" ANSWER " frame took:5 frame",
	} },
	{ "the answer before the worker", {
		"late-worker start +61 rx:" ANSWER " open work sent:0",
		"last:unasked",
	} },
	{ "an early timer changes nothing", {
		"req timer open +100 timer open",
		"rx:" ANSWER " frame",
	} },

	/* To which request is it? */
	{ "an answer soon after silence is doubtful", {
		"req +1000 silence req +40 rx:" ANSWER " frame flags:doubtful",
	} },
	{ "and so is an ack", {
		"req +1000 silence req +40 rx:E5 +100 ack flags:doubtful",
	} },
	{ "once nothing can be late any more it is not", {
		"req +2100 silence req +40 rx:" ANSWER " frame flags:",
	} },
	{ "the next request waits for as long as it would have taken", {
		"req mark +1000 silence req +40 rx:" ANSWER " frame first:1062.917",
		"req mark +1082 open +1 silence at:1082.917",
	} },
	{ "an answer in that time is late behind the window, not at its end", {
		"req +1000 silence req +40 rx:" ANSWER " frame",
		"req +207.5 rx:" ANSWER " frame flags:doubtful late:0",
		"req +207.501 rx:" ANSWER " frame flags:doubtful,late late:1",
	} },
	{ "an answer that had to be asked for twice may come twice", {
		"repeats:1 req +208 sent:2 +80 rx:" ANSWER " frame tries:2",
		"+20 rx:" ANSWER " last:late,unasked",
	} },
	{ "an answer to the request before, while this one is sent", {
		"req +208 silence start +10 rx:" ANSWER " open",
		"last:late,unasked +40 rx:" ANSWER " frame",
	} },
	{ "and one that nothing was asked for is the answer", {
		"req +208 silence +3000 start +10 rx:" ANSWER " frame",
	} },

	/* What a converter adds. */
	{ "a byte before each answer is known after two", {
		"req +50 rx:00" ANSWER " frame flags:junk",
		"req +50 rx:00" ANSWER " frame flags:junk",
		"req +40 rx:00E5 +100 ack answer:E5 flags:",
	} },
	{ "not after one", {
		"req +50 rx:00" ANSWER " frame req +40 rx:00E5 +100 collision",
	} },
	{ "and with another before it an ack is none", {
		"req +50 rx:00" ANSWER " frame req +50 rx:00" ANSWER " frame",
		"req +40 rx:01E5 +100 collision",
	} },
	{ "a byte behind each request is known after two, answered or not", {
		"req +5 rx:FE +1000 silence req +5 rx:FE +1000 silence",
		"req +5 rx:FE +20 rx:E5 +100 ack answer:E5 flags:doubtful",
	} },
	{ "also if it comes later, as no answer begins with it", {
		"req +17 rx:FE +100 collision req +17 rx:FE +100 collision",
		"req +17 rx:FE +1000 silence",
	} },
	{ "but not as two answers do", {
		"req +17 rx:85 +100 collision req +17 rx:85 +100 collision",
		"req +17 rx:85 +100 collision",
	} },
	{ "nor is a later 00 the one that is added", {
		"req +5 rx:00 +1000 silence req +5 rx:00 +1000 silence",
		"req +5 rx:00 +40 rx:00 +100 collision",
	} },
	{ "bytes behind each answer, too", {
		"req +50 rx:" ANSWER "FF frame +100",
		"req +50 rx:" ANSWER "FF frame +100",
		"req +50 rx:" ANSWER "FF frame +100",
		"req +40 rx:E5FF +100 ack answer:E5",
	} },
	{ "as many as three", {
		"req +50 rx:" ANSWER "010203 frame +100",
		"req +50 rx:" ANSWER "010203 frame +100",
		"req +50 rx:" ANSWER "010203 frame +100",
		"req +40 rx:E5010203 +100 ack answer:E5",
	} },
	{ "and those that came first", {
		"req +50 rx:" ANSWER "FF frame +36 rx:AA +100",
		"req +50 rx:" ANSWER "FF frame +36 rx:AA +100",
		"req +50 rx:" ANSWER "FF frame +36 rx:AA +100",
		"req +40 rx:E5FF +100 ack answer:E5",
	} },
	{ "but not what comes long after it", {
		"req +50 rx:" ANSWER " frame +60 rx:FF +100",
		"req +50 rx:" ANSWER " frame +60 rx:FF +100",
		"req +50 rx:" ANSWER " frame +60 rx:FF +100",
		"req +40 rx:E5FF +100 collision",
	} },
	{ "another converter adds nothing as far as is known", {
		"req +50 rx:00" ANSWER " frame req +50 rx:00" ANSWER " frame",
		"echo:on req +40 rx:00E5 +100 collision",
	} },
	{ "an echo cut short in one lump with an ack is a finding", {
		"req +50 rx:105BFDE5 +100 ack answer:E5 findings:1",
	} },

	/* A wire that babbles. */
	{ "junk that may belong to a long answer is nobody's not yet", {
		"req +1360 silence rx:55 +100 unasked:0",
	} },
	{ "later it is", {
		"req +1380 silence rx:55 +100 unasked:1",
	} },
	{ "bytes all the time are flagged until they end", {
		"noise:300 +100 req +1000 silence flags:babble",
		"+5000 req +1000 silence flags:",
	} },

	/* Ends that are no outcome of the wire. */
	{ "a tty that takes nothing is an error", {
		"repeats:2 tty:none mark start +1000 open +200 error at:1105.833",
		"sent:1 tty:all req rx:" ANSWER " frame",
	} },
	{ "a tty that fails is an error at once", {
		"repeats:2 tty:none start +61 tty-fails error sent:1",
	} },
	{ "unplug during the guard", {
		"start unplug unplugged no-timer",
	} },
	{ "unplug before the worker", {
		"late-worker start +61 unplug unplugged no-timer",
	} },
	{ "unplug while sending", {
		"tty:none start +61 took:2 unplug unplugged no-timer",
	} },
	{ "unplug in the window", {
		"req unplug unplugged no-timer",
	} },
	{ "unplug in an answer", {
		"req +40 rx:6804 unplug unplugged no-timer",
	} },
	{ "unplug of an idle line", {
		"+10 rx:68 unplug no-timer",
	} },
	{ "taken back before it was sent", {
		"start cancel +1000 sent:0",
	} },
	{ "kept once it was sent", {
		"req kept +1000 silence",
	} },
	{ "given up in the window: it ends with the try under way", {
		"repeats:2 req mark +100 kept open +107 open +1 silence",
		"at:207.5 tries:1 +1000 sent:1",
	} },
	{ "given up while an answer comes in: it is the answer", {
		"repeats:2 req +50 rx:68040468 kept +50 rx:080072118B16 frame",
	} },
	{ "given up between two tries: it ends at once, as the last try", {
		"repeats:2 req +50 rx:" BAD_SUM " +40 open mark kept garbled",
		"at:0 reason:checksum +1000 sent:1",
	} },
	{ "given up when it is due again", {
		"repeats:2 req late-worker +300 open kept silence tries:1",
		"work sent:1",
	} },

	/* The tty drops what it has received. */
	{ "a frame whose rest was flushed is garbled", {
		"req +50 rx:680404680800 mark flush garbled reason:truncated at:0",
	} },
	{ "and nothing is, if nothing was received", {
		"req +50 flush open +20 rx:" ANSWER " frame flags:",
	} },
	{ "what nobody asked for and was flushed is a finding", {
		"rx:6804 flush findings:1 last:unasked no-timer",
	} },

	/* Nobody asked. */
	{ "an unrequested frame is reported", {
		"rx:" ANSWER " frames:1 last:unasked no-timer",
	} },
	{ "and noise, when the line is quiet", {
		"rx:55 findings:0 +100 findings:1 last:unasked no-timer",
	} },

	/* What is behind the tty comes and goes. */
	{ "half a frame from before is in no answer", {
		"rx:6804046808 +20 unplug restart mark req sent-at:60",
		"+30 rx:" ANSWER " frame flags: findings:0",
	} },
	{ "nor is an error that was counted before in it", {
		"counted:p unplug restart req +50 rx:" ANSWER " frame flags:",
	} },
	{ "nor is a collision's quiet time kept", {
		"req +20 rx:00 +40 collision unplug restart mark start",
		"+1000 sent-at:60",
	} },
	{ "nor is an answer late that comes after it", {
		"req +1000 silence unplug restart +10 rx:" ANSWER,
		"last:unasked late:0",
	} },
};

static const char *line_case_run(const struct line_case *c)
{
	return lab_run_script(c->script);
}

#endif
