/* A line for each call in the file that KUNCI_FAULT_LOG names. */
#ifndef LIB_FAULT_LOG_H
#define LIB_FAULT_LOG_H

/* Appends "NTH NAME WHAT WHO"; who may be NULL. */
void log_line(unsigned long nth, const char *name, const char *what, const char *who);

#endif
