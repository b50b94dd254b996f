/* How the page of a report looks, on the screen and on A4. */
#ifndef SIGN_REPORT_STYLE_H
#define SIGN_REPORT_STYLE_H

extern const char report_style[];

#endif
