using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rota.Commands;

/// <summary><c>rota schedules backfill</c> and <c>restore</c>: what concerns the past.</summary>
internal static class SchedulePastCommands
{
    private const int Shown = 20;

    public static Command Backfill(Globals globals)
    {
        var name = ScheduleCommands.Name();
        var from = new Option<string>("--from")
        {
            Description = "First instant, such as 2026-01-31T00:00:00Z",
            Required = true,
        };
        var to = new Option<string?>("--to") { Description = "Last instant (default: now)" };
        var dryRun = new Option<bool>("--dry-run") { Description = "Only show the due times that have no job" };
        return globals.Client("backfill", "Enqueue jobs for due times of the past that have none",
            async (session, stop) =>
        {
            var body = new JsonObject
            {
                ["from"] = session.Get(from),
                ["to"] = session.Get(to),
                ["dry_run"] = session.Get(dryRun),
            };
            var answer = await session.Server.PostAsync(
                $"{ScheduleCommands.Path(session.Get(name))}/backfill", body, stop);
            return session.Print(answer, _ => ShowBackfill(session, answer.Json));
        }, name, from, to, dryRun);
    }

    private static void ShowBackfill(Session session, JsonElement backfill)
    {
        var due = backfill.Items("due").ToList();
        if (!backfill.IsTrue("dry_run"))
        {
            session.Terminal.Out.WriteLine($"{backfill.Text("enqueued")} jobs are enqueued");
            return;
        }
        foreach (var at in due.Take(Shown))
            session.Terminal.Out.WriteLine($"{at.GetDateTimeOffset():yyyy-MM-dd HH:mm:ss zzz}");
        if (due.Count > Shown)
            session.Terminal.Out.WriteLine($"... and {due.Count - Shown:N0} more");
        session.Terminal.Out.WriteLine($"{due.Count:N0} due times have no job; nothing was enqueued");
    }

    public static Command Restore(Globals globals)
    {
        var name = ScheduleCommands.Name();
        var version = new Option<long?>("--version")
        {
            Description = "Which one, of rota schedules versions (default: the one before the last change)",
        };
        return globals.Client("restore", "Go back to an earlier version, also of a removed schedule",
            async (session, stop) =>
        {
            var path = ScheduleCommands.Path(session.Get(name));
            var asked = session.Get(version) ?? await BeforeAsync(session, path, stop);
            var body = new JsonObject { ["version"] = asked };
            var answer = await session.Server.PostAsync($"{path}/restore", body, stop);
            return session.Say(answer, $"schedule {session.Get(name)} is as it was in version {asked}");
        }, name, version);
    }

    private static async Task<long> BeforeAsync(Session session, string path, CancellationToken stop)
    {
        var versions = (await session.Server.GetAsync($"{path}/versions?limit=2", stop)).Items.ToList();
        return versions.Count > 1
            ? versions[1].GetProperty("version").GetInt64()
            : throw Session.Usage("version", "There is one version only.", "List them: rota schedules versions");
    }
}
