using System.Runtime.InteropServices;

namespace Rota.Supervisor.Config;

/// <summary>Users and groups of the system, by name or number.</summary>
internal static unsafe partial class Accounts
{
    // The calls below return one place that the next call overwrites: what they say is copied under the lock.
    private static readonly Lock Gate = new();

    /// <exception cref="ValueException">There is no such user.</exception>
    public static UserIds User(string name)
    {
        var number = PythonText.ParseInt(name);
        using var turn = Gate.EnterScope();
        var entry = number is null ? GetUser(name) : number is >= 0 and <= uint.MaxValue ? GetUser((uint)number) : null;
        if (entry is null)
            throw new ValueException($"names the user {PythonText.Repr(name)}, who does not exist",
                "write the name or number of a user of this system");
        return new UserIds(name, (int)entry->Id, (int)entry->Group);
    }

    /// <summary>`user` or `user:group`; without a group its number is -1, which leaves it as it is.</summary>
    public static UserIds UserAndGroup(string text)
    {
        var colon = text.IndexOf(':');
        return colon < 0
            ? User(text) with { GroupId = -1 }
            : User(text[..colon]) with { Name = text, GroupId = Group(text[(colon + 1)..]) };
    }

    public static string? HomeOf(string user)
    {
        using var turn = Gate.EnterScope();
        var entry = GetUser(user);
        return entry is null ? null : Marshal.PtrToStringUTF8(entry->Home);
    }

    public static uint CurrentUser => GetCurrentUser();

    private static int Group(string name)
    {
        var number = PythonText.ParseInt(name);
        using var turn = Gate.EnterScope();
        var entry = number is null ? GetGroup(name)
            : number is >= 0 and <= uint.MaxValue ? GetGroup((uint)number)
            : null;
        if (entry is null)
            throw new ValueException($"names the group {PythonText.Repr(name)}, which does not exist",
                "write the name or number of a group of this system");
        return (int)entry->Id;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Passwd
    {
        public nint Name, Password;
        public uint Id, Group;
        public nint RealName, Home, Shell;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct GroupEntry
    {
        public nint Name, Password;
        public uint Id;
    }

    [LibraryImport("libc", EntryPoint = "getpwnam", StringMarshalling = StringMarshalling.Utf8)]
    private static partial Passwd* GetUser(string name);

    [LibraryImport("libc", EntryPoint = "getpwuid")]
    private static partial Passwd* GetUser(uint id);

    [LibraryImport("libc", EntryPoint = "getgrnam", StringMarshalling = StringMarshalling.Utf8)]
    private static partial GroupEntry* GetGroup(string name);

    [LibraryImport("libc", EntryPoint = "getgrgid")]
    private static partial GroupEntry* GetGroup(uint id);

    [LibraryImport("libc", EntryPoint = "getuid")]
    private static partial uint GetCurrentUser();
}
