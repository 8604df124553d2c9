namespace Rota.Bench;

/// <summary>The wall clock as some processes see it, by libfaketime; the monotonic clock stays the machine's.</summary>
internal static class FakeClock
{
    /// <summary>Where libfaketime keeps files, one pair for each process.</summary>
    public const string SharedMemory = "/dev/shm";

    private static readonly string[] Places =
        ["/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1", "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1"];

    private static readonly string? Library = Places.FirstOrDefault(File.Exists);

    /// <summary>Why there is none on this machine, or null.</summary>
    public static string? Unable => Library is null ? "libfaketime is not installed" : null;

    /// <summary>Variables for a process whose clock is off.</summary>
    /// <param name="offset">Such as <c>+10m</c>.</param>
    public static Dictionary<string, string> Off(string offset) => new(Common()) { ["FAKETIME"] = offset };

    /// <summary>Variables for processes whose clock is off by what a file says at the moment.</summary>
    public static Dictionary<string, string> Following(string file) =>
        new(Common()) { ["FAKETIME_TIMESTAMP_FILE"] = file, ["FAKETIME_NO_CACHE"] = "1" };

    /// <summary>Sets the clocks that follow a file.</summary>
    public static void Set(string file, TimeSpan offset)
    {
        // In one step: a reader must never find it empty.
        File.WriteAllText($"{file}.new", $"{(offset < TimeSpan.Zero ? "-" : "+")}{Math.Abs(offset.TotalSeconds)}\n");
        File.Move($"{file}.new", file, overwrite: true);
    }

    /// <summary>Removes what libfaketime left in shared memory of a process that was killed.</summary>
    public static void CleanUp(int process)
    {
        foreach (var name in (string[])[$"faketime_shm_{process}", $"sem.faketime_sem_{process}"])
            File.Delete(Path.Combine(SharedMemory, name));
    }

    private static Dictionary<string, string> Common() => new()
    {
        ["LD_PRELOAD"] = Library!, // without it nothing of this is done
        ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
        ["FAKETIME_DISABLE_SHM"] = "1",
    };
}
