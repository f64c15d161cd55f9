/*
 * troth/win/windows.h: as much of windows.h as programs need that use its security interface and little else. The names
 * stand before sspi.h on Windows, so they do here; windows.h does not include sspi.h.
 */
#ifndef TROTH_WIN_WINDOWS_H
#define TROTH_WIN_WINDOWS_H

#include "windef.h"
#include "winerror.h"
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ZeroMemory(at, n)            memset((at), 0, (n))
#define SecureZeroMemory(at, n)      explicit_bzero((at), (n))
#define CopyMemory(to, from, n)      memcpy((to), (from), (n))
#define UNREFERENCED_PARAMETER(name) ((void)(name))
#define INVALID_HANDLE_VALUE         ((HANDLE)(LONG_PTR)-1)

typedef enum _SECURITY_IMPERSONATION_LEVEL {
    SecurityAnonymous,
    SecurityIdentification,
    SecurityImpersonation,
    SecurityDelegation
} SECURITY_IMPERSONATION_LEVEL,
    *PSECURITY_IMPERSONATION_LEVEL;

#ifdef __cplusplus
}
#endif

#endif
