using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Rota.Bench;

/// <summary>A file system of a few megabytes, in memory, that belongs to PostgreSQL.</summary>
internal sealed class SmallDisk
{
    private const int MayMount = 21; // CAP_SYS_ADMIN in linux/capability.h

    private SmallDisk(string folder) => Folder = folder;

    /// <summary>Root of a container often may not mount.</summary>
    public static string? Unable => !Environment.IsPrivilegedProcess ? "mounting a small disk needs root"
        : (Capabilities() >> MayMount & 1) == 0 ? "this root may not mount a small disk" : null;

    public string Folder { get; }

    private string Ballast => Path.Combine(Folder, "ballast");

    private static ulong Capabilities() => File.ReadLines("/proc/self/status")
        .Where(line => line.StartsWith("CapEff:", StringComparison.Ordinal))
        .Select(line => ulong.Parse(line["CapEff:".Length..], NumberStyles.HexNumber | NumberStyles.AllowLeadingWhite))
        .FirstOrDefault();

    public static async Task<SmallDisk> MountAsync(int megabytes)
    {
        var folder = Path.Combine(Path.GetTempPath(), $"rota-disk-{Guid.NewGuid():N}");
        Directory.CreateDirectory(folder);
        await ShellAsync("mount -t tmpfs -o size=$2m,mode=0700 tmpfs \"$1\" && chown postgres \"$1\"",
            folder, $"{megabytes}");
        return new SmallDisk(folder);
    }

    public Task FillAsync() => ShellAsync("dd if=/dev/zero of=\"$1\" bs=64k 2>/dev/null; true", Ballast);

    public void Free() => File.Delete(Ballast);

    /// <summary>Moves a folder here, and leaves a link to it.</summary>
    public Task TakeAsync(string folder) =>
        ShellAsync("cp -a \"$1/.\" \"$2\" && rm -r \"$1\" && ln -s \"$2\" \"$1\"", folder, Folder);

    public async Task UnmountAsync()
    {
        await ShellAsync("umount -l \"$1\"", Folder);
        Directory.Delete(Folder);
    }

    private static async Task ShellAsync(string script, params string[] arguments)
    {
        using var process = Process.Start("sh", ["-c", script, "sh", .. arguments]);
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"It ended with {process.ExitCode}: {script}");
    }
}

internal sealed class DiskFull(int seconds) : Fault
{
    private const int Megabytes = 64;
    private SmallDisk? _disk;

    public override string Name => "disk-full";

    public override string What => $"the disk that holds Rota's tables is full for {seconds} s";

    public override string? Unable => SmallDisk.Unable;

    public override async Task PrepareAsync(FaultField field)
    {
        _disk = await SmallDisk.MountAsync(Megabytes);
        await field.RunAsync($"CREATE TABLESPACE small LOCATION '{_disk.Folder}'");
        foreach (var table in (string[])["job", "ready", "running", "waiting", "outcome"])
            await field.RunAsync($"ALTER TABLE rota.{table} SET TABLESPACE small");
    }

    public override async Task StrikeAsync(FaultField field)
    {
        await _disk!.FillAsync(); // it was prepared
        await Task.Delay(TimeSpan.FromSeconds(seconds));
        field.RequireFelt();
        _disk.Free();
    }

    public override async Task CleanUpAsync()
    {
        if (_disk is not null)
            await _disk.UnmountAsync();
    }
}

/// <summary>Without room for its log PostgreSQL panics: it starts again by itself, as long as that needs no room, and
/// otherwise stays down until somebody makes room and starts it.</summary>
internal sealed class WalFull : Fault
{
    private const int Megabytes = 256;
    private static readonly TimeSpan PanicMax = TimeSpan.FromMinutes(2), StartMax = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(10), AskPause = TimeSpan.FromMilliseconds(100);
    private SmallDisk? _disk;

    public override string Name => "wal-full";

    public override string What => "the disk of PostgreSQL's log (pg_wal) is full until it panics, and then for "
        + $"{Length.TotalSeconds:N0} s";

    public override string? Unable => SmallDisk.Unable;

    public override async Task PrepareAsync(FaultField field)
    {
        _disk = await SmallDisk.MountAsync(Megabytes);
        await field.RunAsync("ALTER SYSTEM SET max_wal_size = '64MB'"); // the load alone must not fill the disk
        await field.Server.CrashAsync();
        await _disk.TakeAsync(Path.Combine(field.Server.Folder, "data", "pg_wal"));
        await field.Server.StartAgainAsync();
    }

    public override async Task StrikeAsync(FaultField field)
    {
        await _disk!.FillAsync(); // it was prepared
        var full = Stopwatch.GetTimestamp();
        await WaitAsync(async () => !await AnswersAsync(field), PanicMax);
        field.Notes.Add($"PostgreSQL went down {Stopwatch.GetElapsedTime(full).TotalSeconds:N1} s after it was full");
        await Task.Delay(Length);
        var panics = File.ReadLines(Path.Combine(field.Server.Folder, "server.log"))
            .Count(line => line.Contains("PANIC:", StringComparison.Ordinal));
        field.Notes.Add($"{panics} panics, and {(field.Server.IsUp ? "it tried on" : "it stayed down")}");
        field.Require(panics > 0, "PostgreSQL did not panic");
        _disk.Free();
        await WaitAsync(async () =>
        {
            await field.Server.StartAgainAsync();
            return await AnswersAsync(field);
        }, StartMax);
    }

    private static async Task WaitAsync(Func<Task<bool>> condition, TimeSpan limit)
    {
        for (var start = Stopwatch.GetTimestamp(); !await condition(); await Task.Delay(AskPause))
        {
            if (Stopwatch.GetElapsedTime(start) > limit)
                throw new TimeoutException($"PostgreSQL did not change within {limit.TotalSeconds:N0} s.");
        }
    }

    private static async Task<bool> AnswersAsync(FaultField field)
    {
        try
        {
            await field.NumberAsync("SELECT 1");
            return true;
        }
        catch (Exception error) when (error is NpgsqlException or TimeoutException)
        {
            return false;
        }
    }

    public override async Task CleanUpAsync()
    {
        if (_disk is not null)
            await _disk.UnmountAsync();
    }
}
