/*
 * troth/win/windef.h: the integer and string types of Windows that its security headers are written in, with the sizes
 * they have there: ULONG and LONG are 32 bits wide wherever the program runs, WCHAR is 16.
 *
 * A program in ANSI, in u"" or in TEXT() compiles as it is. One in L"" needs -fshort-wchar, and then WCHAR is wchar_t.
 */
#ifndef TROTH_WIN_WINDEF_H
#define TROTH_WIN_WINDEF_H

#include <stddef.h>
#include <stdint.h>

#if !defined WINAPI
#define WINAPI
#define APIENTRY
#define CALLBACK
#define SEC_ENTRY
#endif

typedef void VOID;
typedef void *PVOID, *LPVOID, *HANDLE, **PHANDLE;
typedef const void *LPCVOID;
typedef char CHAR, *PCHAR, *LPSTR, *PSTR;
typedef const char *LPCSTR, *PCSTR;
typedef unsigned char UCHAR, *PUCHAR, BYTE, *PBYTE, *LPBYTE, BOOLEAN, *PBOOLEAN;
typedef int16_t SHORT;
typedef uint16_t USHORT, *PUSHORT, WORD, *PWORD;
typedef int32_t LONG, *PLONG, INT, BOOL, *PBOOL, HRESULT, NTSTATUS;
typedef uint32_t ULONG, *PULONG, DWORD, *PDWORD, *LPDWORD, UINT, ALG_ID;
typedef int64_t LONGLONG;
typedef uint64_t ULONGLONG, *PULONGLONG, ULONG64;
typedef uintptr_t ULONG_PTR, *PULONG_PTR, DWORD_PTR;
typedef intptr_t LONG_PTR;
typedef size_t SIZE_T;

#if defined __cplusplus && defined __SIZEOF_WCHAR_T__ && __SIZEOF_WCHAR_T__ == 2
typedef wchar_t WCHAR;
#elif defined __cplusplus
typedef char16_t WCHAR;
#else
typedef uint16_t WCHAR; /* what C makes of u"", and of L"" with -fshort-wchar */
#endif
typedef WCHAR *PWCHAR, *LPWSTR, *PWSTR;
typedef const WCHAR *LPCWSTR, *PCWSTR;

#if defined UNICODE || defined _UNICODE
typedef WCHAR TCHAR, *LPTSTR, *PTSTR;
typedef const WCHAR *LPCTSTR;
#if defined __SIZEOF_WCHAR_T__ && __SIZEOF_WCHAR_T__ == 2
#define TROTH_WIN_TEXT(quoted) L##quoted
#else
#define TROTH_WIN_TEXT(quoted) u##quoted
#endif
#define TROTH_WIN_AW(name) name##W
#else
typedef char TCHAR, *LPTSTR, *PTSTR;
typedef const char *LPCTSTR;
#define TROTH_WIN_TEXT(quoted) quoted
#define TROTH_WIN_AW(name)     name##A
#endif
#define TEXT(quoted) TROTH_WIN_TEXT(quoted)
#define _T(quoted)   TROTH_WIN_TEXT(quoted)

typedef union _LARGE_INTEGER {
    struct {
        ULONG LowPart;
        LONG HighPart;
    } u;
    LONGLONG QuadPart;
#if !defined __STRICT_ANSI__ || (defined __STDC_VERSION__ && __STDC_VERSION__ >= 201112L) || defined __cplusplus
    __extension__ struct {
        ULONG LowPart;
        LONG HighPart;
    };
#endif
} LARGE_INTEGER, *PLARGE_INTEGER;

typedef struct _LUID {
    ULONG LowPart;
    LONG HighPart;
} LUID, *PLUID;

typedef struct _FILETIME {
    DWORD dwLowDateTime, dwHighDateTime;
} FILETIME, *PFILETIME, *LPFILETIME;

typedef struct _GUID {
    uint32_t Data1;
    uint16_t Data2, Data3;
    uint8_t Data4[8];
} GUID;

#ifndef TRUE
#define TRUE  1
#define FALSE 0
#endif
#ifndef ANYSIZE_ARRAY
#define ANYSIZE_ARRAY 1
#endif

/* Parameter directions, which say nothing to a compiler. */
#ifndef IN
#define IN
#define OUT
#define OPTIONAL
#endif

#endif
