using System.Diagnostics;
using Rota.Schedules;

namespace Rota.Bench;

/// <param name="isFrozen">True: its processes stop where they are (SIGSTOP) and go on. False: it ends as in a crash,
/// and starts again.</param>
internal sealed class DatabaseAway(bool isFrozen) : ScheduleFault
{
    public override string Name => isFrozen ? "schedules-frozen" : "schedules-away";

    public override string What => isFrozen ? "PostgreSQL is stopped (SIGSTOP) under three nodes, and goes on"
        : "PostgreSQL under three nodes stops as in a crash, and starts again";

    // What was away shorter than the grace was late; what was away longer was missed, and the policy decides.
    public override IReadOnlyList<RunPolicy> Policies(TimeSpan length) =>
    [
        new() { MisfireGrace = 2 * length + RunPolicy.DefaultGrace },
        new() { MisfireGrace = Short(length), Misfire = Misfire.RunAll },
        new() { MisfireGrace = Short(length), Misfire = Misfire.RunOnce },
        new() { MisfireGrace = Short(length), Misfire = Misfire.Skip },
    ];

    private static TimeSpan Short(TimeSpan length) =>
        TimeSpan.FromSeconds(Math.Max(1, Math.Floor(length.TotalSeconds / 4)));

    public override async Task StrikeAsync(ScheduleField field)
    {
        var server = field.Server!; // it is on PostgreSQL
        await (isFrozen ? SignalAsync(server, "STOP") : server.CrashAsync());
        await Task.Delay(field.Length);
        await (isFrozen ? SignalAsync(server, "CONT") : server.StartAgainAsync());
        field.Notes.Add($"away for {field.Length.TotalSeconds:N0} s");
    }

    /// <summary>To the server and all its processes. It is stopped meanwhile, so that it neither starts nor ends one.
    /// </summary>
    private static async Task SignalAsync(PostgresServer server, string name)
    {
        var first = (await File.ReadAllLinesAsync(Path.Combine(server.Folder, "data", "postmaster.pid")))[0];
        await KillAsync("STOP", first);
        var children = await File.ReadAllTextAsync($"/proc/{first}/task/{first}/children");
        await KillAsync(name, [.. children.Split(' ', StringSplitOptions.RemoveEmptyEntries), first]);
    }

    private static async Task KillAsync(string name, params string[] processes)
    {
        using var kill = Process.Start("kill", [$"-{name}", .. processes]);
        await kill.WaitForExitAsync();
    }
}
