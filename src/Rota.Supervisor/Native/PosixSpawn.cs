using System.Runtime.InteropServices;

namespace Rota.Supervisor.Native;

/// <summary>Starts programs without forking this one.</summary>
/// <remarks>
/// The child leads its own process group (or session), has every signal at its default and none blocked, whatever this
/// runtime has set for itself, and holds no descriptor but the ones it is given, since all others close on exec.
/// The library's structures are opaque; both of its common implementations need less than what is kept here.
/// </remarks>
internal static unsafe partial class PosixSpawn
{
    private const int StructureSize = 1024;
    private const int SetSize = 128;
    private const short OwnGroup = 2, DefaultSignals = 4, SignalMask = 8, OwnSession = 128;

    /// <summary>0 and the pid, or the error: of the folder, of the program or of making a process.</summary>
    /// <param name="input">What becomes descriptor 0; 1 and 2 likewise.</param>
    /// <param name="directory">Null: stay.</param>
    public static int Start(string path, IReadOnlyList<string> arguments, IReadOnlyList<string> environment,
        int input, int output, int error, string? directory, bool session, out int pid)
    {
        var attributes = stackalloc byte[StructureSize];
        var actions = stackalloc byte[StructureSize];
        var signals = stackalloc byte[SetSize];
        Check(AttributesCall(attributes));
        Check(ActionsCall(actions));
        try
        {
            Check(FlagsCall(attributes, (short)(DefaultSignals | SignalMask | (session ? OwnSession : OwnGroup))));
            var set = new Span<byte>(signals, SetSize);
            set.Clear();
            Check(MaskCall(attributes, signals));
            // By hand: sigfillset leaves out the library's own two signals, which would then be ignored in the child.
            set.Fill(0xff);
            Check(DefaultsCall(attributes, signals));

            Check(DuplicateCall(actions, input, 0));
            Check(DuplicateCall(actions, output, 1));
            Check(DuplicateCall(actions, error, 2));
            if (directory is not null)
                Check(FolderCall(actions, directory));

            using var argv = new NativeStrings(arguments);
            using var envp = new NativeStrings(environment);
            int child;
            var failed = SpawnCall(&child, path, actions, attributes, argv.Pointers, envp.Pointers);
            pid = failed == 0 ? child : 0;
            return failed;
        }
        finally
        {
            _ = FreeActionsCall(actions);
            _ = FreeAttributesCall(attributes);
        }
    }

    private static void Check(int error)
    {
        if (error != 0)
            throw new SystemCallException("posix_spawn", error);
    }

    [LibraryImport("libc", EntryPoint = "posix_spawn", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SpawnCall(int* pid, string path, byte* actions, byte* attributes, byte** arguments,
        byte** environment);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    private static partial int AttributesCall(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    private static partial int FreeAttributesCall(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    private static partial int FlagsCall(byte* attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigmask")]
    private static partial int MaskCall(byte* attributes, byte* signals);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    private static partial int DefaultsCall(byte* attributes, byte* signals);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    private static partial int ActionsCall(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    private static partial int FreeActionsCall(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    private static partial int DuplicateCall(byte* actions, int from, int to);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addchdir_np",
        StringMarshalling = StringMarshalling.Utf8)]
    private static partial int FolderCall(byte* actions, string folder);
}
