/* The names of PKCS#11's answers and mechanisms. */
#ifndef LIB_FAULT_NAMES_H
#define LIB_FAULT_NAMES_H

#include <p11-kit/pkcs11.h>
#include <stdbool.h>
#include <stddef.h>

/* False: nothing is called so. */
bool name_answer(const char *name, size_t length, unsigned long *number);
bool name_mechanism(const char *name, size_t length, unsigned long *number);

/* "CKR_OK", or its number where it has no name. */
void name_of_answer(CK_RV rv, char *out, size_t room);

#endif
