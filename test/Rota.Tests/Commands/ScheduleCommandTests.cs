using System.Text.Json;
using Rota.Commands;
using Xunit;

namespace Rota.Tests.Commands;

public sealed class ScheduleCommandTests : ServerCommandFixture
{
    private async Task<JsonElement> JsonAsync(params string[] args) =>
        JsonElement.Parse(await OutputAsync([.. args, "--json"]));

    [Fact]
    public async Task How_due_times_become_jobs_is_said_by_options_and_shown()
    {
        await OutputAsync("schedules", "add", "a", "--every", "1h", "--kind", "x", "--misfire", "run_all",
            "--misfire-grace", "5m", "--catch-up-window", "6h", "--max-running", "2", "--when-full", "cancel_old");
        var text = await OutputAsync("schedules", "show", "a");
        Assert.Contains("run_all, after 5m, at most 6h back", text);
        Assert.Contains("at most 2, else cancel_old", text);

        await OutputAsync("schedules", "edit", "a", "--max-running", "none", "--misfire", "run_once", "--coalesce");
        var edited = await JsonAsync("schedules", "show", "a");
        Assert.Equal(("run_once", "5m", true), (edited.Text("misfire"), edited.Text("misfire_grace"),
            edited.IsTrue("coalesce")));
        Assert.Null(edited.TextOrNull("max_running"));
        Assert.Equal(2, edited.GetProperty("version").GetInt32());
    }

    [Fact]
    public async Task When_it_is_due_next_is_told_by_the_clock_of_its_zone_with_what_a_change_of_it_does()
    {
        await OutputAsync("schedules", "add", "a", "--cron", "0 30 2 28 3 * 2055-2099",
            "--zone", "Europe/Berlin", "--kind", "x");
        const string Moved =
            "2055-03-28 03:00:00 +02:00  02:30 does not exist on 2055-03-28 in Europe/Berlin: runs at 03:00";
        const string Rule = "What the clock skips is left out, what it repeats runs both times.";

        Assert.Contains(Moved, await OutputAsync("schedules", "next", "a", "-n", "20"));
        Assert.Equal(20, (await JsonAsync("schedules", "next", "a", "-n", "20")).GetProperty("next").GetArrayLength());
        Assert.Contains(Rule,
            await OutputAsync("schedules", "next", "--cron", "*/5 * * * *", "--zone", "Europe/Berlin"));
        Assert.Contains("runs right after the gap", await OutputAsync("schedules", "show", "a"));
    }

    [Fact]
    public async Task It_runs_now_when_asked_to()
    {
        await OutputAsync("schedules", "add", "a", "--every", "1h", "--kind", "x", "--queue", "tea");

        Assert.Contains("is enqueued", await OutputAsync("schedules", "run", "a"));

        var jobs = await JsonAsync("jobs", "list", "--schedule", "a");
        var job = Assert.Single(jobs.GetProperty("items").EnumerateArray());
        Assert.Equal(("x", "tea"), (job.Text("kind"), job.Text("queue")));
    }

    [Theory]
    [InlineData("--max-running", "many", "none")]
    [InlineData("--when-full", "queue", "max_running")]
    [InlineData("--misfire-grace", "0s", "misfire_grace")]
    public async Task A_wrong_option_says_what_to_write(string option, string value, string says)
    {
        Assert.Equal(ExitCode.Usage,
            await Run.RunAsync("schedules", "add", "a", "--every", "1h", "--kind", "x", option, value));
        Assert.Contains(says, Run.Error);
    }

    [Fact]
    public async Task A_name_that_is_taken_is_refused_replaced_or_kept()
    {
        string[] add = ["schedules", "add", "a", "--every", "1h", "--kind"];
        await OutputAsync([.. add, "first"]);
        Assert.Equal(ExitCode.Conflict, await Run.RunAsync([.. add, "second"]));
        Assert.Contains("'a'", Run.Error);

        await OutputAsync([.. add, "second", "--on-conflict", "keep"]);
        Assert.Equal("first", (await JsonAsync("schedules", "show", "a")).Text("kind"));
        await OutputAsync([.. add, "second", "--on-conflict", "replace"]);
        Assert.Equal("second", (await JsonAsync("schedules", "show", "a")).Text("kind"));
    }

    [Fact]
    public async Task One_those_with_a_tag_or_all_are_paused_and_resumed()
    {
        await OutputAsync("schedules", "add", "a", "--every", "1h", "--kind", "x", "--tag", "nightly");
        await OutputAsync("schedules", "add", "b", "--every", "1h", "--kind", "x");

        Assert.Contains("1 schedule is paused: a", await OutputAsync("schedules", "pause", "--tag", "nightly"));
        Assert.Contains("1 schedule is paused: b", await OutputAsync("schedules", "pause", "--all"));
        Assert.Contains("none had to be paused", await OutputAsync("schedules", "pause", "--all"));
        Assert.Contains("schedule b is resumed", await OutputAsync("schedules", "resume", "b"));
        Assert.Contains("1 schedule is resumed: a", await OutputAsync("schedules", "resume", "--all"));
        Assert.Equal(ExitCode.Usage, await Run.RunAsync("schedules", "pause"));
        Assert.Equal(ExitCode.Usage, await Run.RunAsync("schedules", "pause", "a", "--all"));
        Assert.Contains("a", await OutputAsync("schedules", "list", "--tag", "nightly"));
        Assert.DoesNotContain("\nb", Run.Output);
    }

    [Fact]
    public async Task A_removed_schedule_comes_back_as_it_was()
    {
        await OutputAsync("schedules", "add", "a", "--every", "1h", "--kind", "first");
        await OutputAsync("schedules", "edit", "a", "--kind", "second");
        Assert.Contains("rota schedules restore a", await OutputAsync("schedules", "remove", "a"));
        await OutputAsync("schedules", "restore", "a");
        Assert.Equal("second", (await JsonAsync("schedules", "show", "a")).Text("kind"));

        await OutputAsync("schedules", "restore", "a", "--version", "1");
        Assert.Equal("first", (await JsonAsync("schedules", "show", "a")).Text("kind"));
        Assert.Equal(ExitCode.NotFound, await Run.RunAsync("schedules", "restore", "a", "--version", "99"));
        Assert.Equal(ExitCode.NotFound, await Run.RunAsync("schedules", "restore", "nobody"));
    }

    [Fact]
    public async Task The_past_is_filled_after_a_look_at_it()
    {
        var day = TimeProvider.System.GetUtcNow().AddDays(-1).ToString("yyyy-MM-dd");
        await OutputAsync("schedules", "add", "a", "--cron", "0 * * * *", "--start", "2026-01-01T00:00:00Z",
            "--kind", "x");
        string[] backfill = ["schedules", "backfill", "a", "--from", $"{day}T00:00:00Z", "--to", $"{day}T05:30:00Z"];

        var dry = await OutputAsync([.. backfill, "--dry-run"]);
        Assert.Contains($"{day} 05:00:00", dry);
        Assert.Contains("6 due times have no job; nothing was enqueued", dry);
        Assert.Contains("6 jobs are enqueued", await OutputAsync(backfill));
        Assert.Contains("0 jobs are enqueued", await OutputAsync(backfill));
        Assert.Equal(6, (await JsonAsync("jobs", "list")).GetProperty("items").GetArrayLength());
    }
}
