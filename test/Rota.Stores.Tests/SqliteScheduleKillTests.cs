using System.Diagnostics;
using System.Globalization;
using Rota.Sqlite;
using Rota.Storage;

namespace Rota.Stores.Tests;

/// <summary>A process that is killed between any two statements of a tick, and behind the last one. The next process
/// does again what it did, and then all is as after a tick that nobody killed.</summary>
/// <remarks>Between a sample of them (<see cref="KillSample"/>), because all of them take half a minute.</remarks>
public sealed class SqliteScheduleKillTests : IDisposable
{
    private const string Name = "a";
    private const int AtOnce = 2, KilledExitCode = 128 + 9;

    // Of a thousand rows that are written one by one: some of the first, some in the middle, the last ones.
    private const int AllMax = 100, Ends = 6, Between = 4;

    // What a killed process leaves is in the memory of the machine, wherever the disk is; and this one is fast.
    private const string FastDisk = "/dev/shm";

    private readonly TempFolder _folder = new(Directory.Exists(FastDisk) ? FastDisk : null);

    // The statements of these are those of others, and a process takes its time to start.
    private static readonly string[] Alike = ["backfill", "missed-limited", "pause-thousand"];

    public static TheoryData<string> Ticks => [.. ScheduleTickCase.All.Select(one => one.Tick).Except(Alike)];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Ticks))]
    public async Task A_tick_that_is_killed_between_any_two_statements_is_made_up_for_once(string tick)
    {
        var of = ScheduleTickCase.Of(tick);
        using (var database = Open("before"))
            await of.SetUpAsync(SchedulesOf(database), JobsOf(database), Name, Stop);
        var (statements, whole) = await DieAndDoAgainAsync(of, killAt: int.MaxValue);
        Assert.InRange(statements, 4, 10_000);

        var drawn = KillSample.Of([.. Points(statements)]);
        await Parallel.ForEachAsync(drawn, new ParallelOptions { MaxDegreeOfParallelism = AtOnce },
            async (killAt, _) => Assert.Equal((0, whole), await DieAndDoAgainAsync(of, killAt)));
    }

    private static IEnumerable<int> Points(int statements) => Enumerable.Range(1, statements).Where(at =>
        statements <= AllMax || at <= Ends || at > statements - Ends || at % (statements / Between) == 0);

    /// <returns>How many statements the tick has that got to its end and was killed then, and 0 of one that was killed
    /// before; and how all stands after another one.</returns>
    private async Task<(int Statements, string Ledger)> DieAndDoAgainAsync(ScheduleTickCase of, int killAt)
    {
        var name = killAt.ToString(CultureInfo.InvariantCulture);
        Directory.CreateDirectory(_folder.File(name));
        foreach (var file in Directory.GetFiles(_folder.File("before")))
            File.Copy(file, Path.Combine(_folder.File(name), Path.GetFileName(file)));
        var said = await DieAsync(of.Tick, _folder.File(name), killAt);

        using var database = Open(name);
        await ScheduleTick.RunAsync(of.Tick, SchedulesOf(database), Name, Stop);
        var ledger = new ScheduleTickLedger(SchedulesOf(database), JobsOf(database),
            new SqliteEvents(database.Writer, database.Readers), of, Name);
        return (said.Length == 0 ? 0 : int.Parse(said["done ".Length..], CultureInfo.InvariantCulture),
            await ledger.ReadAsync());
    }

    /// <returns>What it said before it was killed.</returns>
    private static async Task<string> DieAsync(string tick, string folder, int killAt)
    {
        // Beside the folder of the tests: bin/Rota.Stores.Tests/debug and bin/Rota.Crash/debug.
        var own = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd('/'));
        var program = Path.Combine(own.Parent!.Parent!.FullName, "Rota.Crash", own.Name, "Rota.Crash");
        using var process = Process.Start(new ProcessStartInfo(program, [folder, "tick", tick, Name, $"{killAt}"])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
            Environment = { ["DOTNET_TieredPGO"] = "0" }, // it does not live long enough to gain by it
        })!;
        var said = await process.StandardOutput.ReadToEndAsync(Stop);
        await process.WaitForExitAsync(Stop);
        Assert.Equal(KilledExitCode, process.ExitCode);
        return said.Trim();
    }

    private SqliteDatabase Open(string folder) => new(Path.Combine(_folder.File(folder), "rota.db"), new StoreSignals())
    {
        Readers = { ReadTimeMax = TimeSpan.FromMinutes(1) },
    };

    private static SqliteSchedules SchedulesOf(SqliteDatabase database) => new(database.Writer, database.Readers);

    private static SqliteJobs JobsOf(SqliteDatabase database) => new(database.Writer, database.Readers);
}
