using System.Runtime.InteropServices;

namespace Rota.Supervisor.Native;

/// <summary>Who we are, and becoming somebody else.</summary>
internal static partial class Identity
{
    public static int UserId => UserIdCall();

    /// <summary>Becomes that user with all its groups, for good. Null when it went well, else supervisor's
    /// sentence.</summary>
    public static unsafe string? Become(string user, int userId, int groupId)
    {
        if (UserId == userId)
            return null;
        if (UserId != 0)
            return "Can't drop privilege as nonroot user";
        if (GroupsCall(user, groupId) < 0)
            return "Could not set groups of effective user";
        if (SetGroupCall(groupId) < 0)
            return "Could not set group id of effective user";
        return SetUserCall(userId) < 0 ? "Could not set user id" : null;
    }

    /// <summary>Sets the mask of new files' modes and returns the one before.</summary>
    public static int SetUmask(int mask) => UmaskCall(mask);

    /// <summary>Owner and group of a file; −1 leaves one. 0, or the error.</summary>
    public static int ChangeOwner(string path, int userId, int groupId) =>
        OwnerCall(path, userId, groupId) == 0 ? 0 : Errno.Last;

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial int UserIdCall();

    [LibraryImport("libc", EntryPoint = "initgroups", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int GroupsCall(string user, int groupId);

    // The library's calls, not the kernel's: they change all threads of the process.
    [LibraryImport("libc", EntryPoint = "setgid", SetLastError = true)]
    private static partial int SetGroupCall(int groupId);

    [LibraryImport("libc", EntryPoint = "setuid", SetLastError = true)]
    private static partial int SetUserCall(int userId);

    [LibraryImport("libc", EntryPoint = "umask")]
    private static partial int UmaskCall(int mask);

    [LibraryImport("libc", EntryPoint = "chown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OwnerCall(string path, int userId, int groupId);
}
