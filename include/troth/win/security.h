/* troth/win/security.h: <security.h> for programs written for Windows. They define SECURITY_WIN32 first, as there. */
#ifndef TROTH_WIN_SECURITY_H
#define TROTH_WIN_SECURITY_H
#include "sspi.h"
#define UNISP_NAME_A "Microsoft Unified Security Protocol Provider"
#define UNISP_NAME_W u"Microsoft Unified Security Protocol Provider"
#define UNISP_NAME   TEXT("Microsoft Unified Security Protocol Provider")
#endif
