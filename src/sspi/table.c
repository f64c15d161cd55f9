/* InitSecurityInterface. */
#include <troth/sspi.h>

PSecurityFunctionTableA InitSecurityInterfaceA(void)
{
    static const SecurityFunctionTableA table = {
        .dwVersion = SECURITY_SUPPORT_PROVIDER_INTERFACE_VERSION,
        .EnumerateSecurityPackagesA = EnumerateSecurityPackagesA,
        .QueryCredentialsAttributesA = QueryCredentialsAttributesA,
        .AcquireCredentialsHandleA = AcquireCredentialsHandleA,
        .FreeCredentialsHandle = FreeCredentialsHandle,
        .InitializeSecurityContextA = InitializeSecurityContextA,
        .AcceptSecurityContext = AcceptSecurityContext,
        .CompleteAuthToken = CompleteAuthToken,
        .DeleteSecurityContext = DeleteSecurityContext,
        .ApplyControlToken = ApplyControlToken,
        .QueryContextAttributesA = QueryContextAttributesA,
        .ImpersonateSecurityContext = ImpersonateSecurityContext,
        .RevertSecurityContext = RevertSecurityContext,
        .MakeSignature = MakeSignature,
        .VerifySignature = VerifySignature,
        .FreeContextBuffer = FreeContextBuffer,
        .QuerySecurityPackageInfoA = QuerySecurityPackageInfoA,
        .Reserved3 = (void *)EncryptMessage,
        .Reserved4 = (void *)DecryptMessage,
        .ExportSecurityContext = ExportSecurityContext,
        .ImportSecurityContextA = ImportSecurityContextA,
        .AddCredentialsA = AddCredentialsA,
        .QuerySecurityContextToken = QuerySecurityContextToken,
        .EncryptMessage = EncryptMessage,
        .DecryptMessage = DecryptMessage,
        .SetContextAttributesA = SetContextAttributesA,
        .SetCredentialsAttributesA = SetCredentialsAttributesA,
    };
    return (PSecurityFunctionTableA)(uintptr_t)&table; /* Windows' prototype leaves out that nobody may write to it */
}

PSecurityFunctionTableW InitSecurityInterfaceW(void)
{
    static const SecurityFunctionTableW table = {
        .dwVersion = SECURITY_SUPPORT_PROVIDER_INTERFACE_VERSION,
        .EnumerateSecurityPackagesW = EnumerateSecurityPackagesW,
        .QueryCredentialsAttributesW = QueryCredentialsAttributesW,
        .AcquireCredentialsHandleW = AcquireCredentialsHandleW,
        .FreeCredentialsHandle = FreeCredentialsHandle,
        .InitializeSecurityContextW = InitializeSecurityContextW,
        .AcceptSecurityContext = AcceptSecurityContext,
        .CompleteAuthToken = CompleteAuthToken,
        .DeleteSecurityContext = DeleteSecurityContext,
        .ApplyControlToken = ApplyControlToken,
        .QueryContextAttributesW = QueryContextAttributesW,
        .ImpersonateSecurityContext = ImpersonateSecurityContext,
        .RevertSecurityContext = RevertSecurityContext,
        .MakeSignature = MakeSignature,
        .VerifySignature = VerifySignature,
        .FreeContextBuffer = FreeContextBuffer,
        .QuerySecurityPackageInfoW = QuerySecurityPackageInfoW,
        .Reserved3 = (void *)EncryptMessage,
        .Reserved4 = (void *)DecryptMessage,
        .ExportSecurityContext = ExportSecurityContext,
        .ImportSecurityContextW = ImportSecurityContextW,
        .AddCredentialsW = AddCredentialsW,
        .QuerySecurityContextToken = QuerySecurityContextToken,
        .EncryptMessage = EncryptMessage,
        .DecryptMessage = DecryptMessage,
        .SetContextAttributesW = SetContextAttributesW,
        .SetCredentialsAttributesW = SetCredentialsAttributesW,
    };
    return (PSecurityFunctionTableW)(uintptr_t)&table;
}
