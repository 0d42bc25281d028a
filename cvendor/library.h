/*
 * library.h: the header of the library that is linked; for shim.c alone.
 */
#ifndef SEAM_LIBRARY_H
#define SEAM_LIBRARY_H

#ifdef SEAM_MPL
#if !__has_include("sdk/scp_net.h")
#error "cvendor/sdk/scp_net.h is missing: put the library's header there (see cvendor/sdk/README.md)"
#elif !__has_include("sdk/libmpl.a")
#error "cvendor/sdk/libmpl.a is missing: put the library's archive there (see cvendor/sdk/README.md)"
#endif
#include "sdk/scp_net.h" /* without it the compiler stops here */
#else
/* The simulator may or may not be part of the same binary: seam_linked tells. */
#include "include/scp_net.h"
#pragma weak scpConfigCommand
#pragma weak scpGetMessage
#pragma weak scpLastTag
#pragma weak scpWaitMessage
#pragma weak scpLastHeard
#pragma weak scpErrorText
#pragma weak scpVersion
#endif

#endif
