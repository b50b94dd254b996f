/* libkunci: everything at once. */
#ifndef KUNCI_H
#define KUNCI_H

#include <kunci/ams.h>
#include <kunci/attest.h>
#include <kunci/cert.h>
#include <kunci/clock.h>
#include <kunci/config.h>
#include <kunci/enrol.h>
#include <kunci/error.h>
#include <kunci/flow.h>
#include <kunci/key.h>
#include <kunci/log.h>
#include <kunci/proc.h>
#include <kunci/secret.h>
#include <kunci/sign.h>
#include <kunci/token.h>
#include <kunci/trust.h>
#include <kunci/verify.h>

#endif
