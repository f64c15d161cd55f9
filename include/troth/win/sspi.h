/* troth/win/sspi.h: <sspi.h> for programs written for Windows. */
#ifndef TROTH_WIN_SSPI_H
#define TROTH_WIN_SSPI_H
#include "../sspi.h"
#endif
