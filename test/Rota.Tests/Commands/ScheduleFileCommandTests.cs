using System.Text.Json;
using Rota.Commands;
using Xunit;

namespace Rota.Tests.Commands;

/// <summary>Schedules of a file, against a real server.</summary>
public sealed class ScheduleFileCommandTests : ServerCommandFixture
{
    private const string Nightly = """
        schedules:
          nightly:
            trigger: {cron: "0 2 * * *", zone: Europe/Berlin}
            kind: report.build
            args: {days: 1, api_token: hush-1}
            options: {queue: mail, tags: [nightly]}
            misfire: skip
            max_running: 1
          sync:
            trigger:
              every: 15m
            kind: shop.sync
        """;

    private string File(string text, string name = "shop.yaml")
    {
        System.IO.File.WriteAllText(Path.Combine(Run.Folder, name), text);
        return name;
    }

    private async Task<string> RefusedAsync(int exitCode, params string[] args)
    {
        Assert.Equal(exitCode, await Run.RunAsync(args));
        return Run.Error;
    }

    [Fact]
    public async Task A_file_is_planned_applied_changed_and_pruned()
    {
        var plan = await OutputAsync("schedules", "plan", File(Nightly));
        Assert.StartsWith("+ nightly\n    trigger.cron: \"0 2 * * *\"\n", plan);
        Assert.EndsWith("2 to create\n", plan);
        Assert.Equal(ExitCode.Differs, await Run.RunAsync("schedules", "plan", "shop.yaml", "--exit-code"));
        Assert.EndsWith("2 created\n", await OutputAsync("schedules", "apply", "shop.yaml", "--yes"));
        Assert.Equal("2 unchanged\n", await OutputAsync("schedules", "plan", "shop.yaml", "--exit-code"));
        Assert.Equal("2 unchanged\n", await OutputAsync("schedules", "apply", "shop.yaml"));

        File(Nightly[..Nightly.IndexOf("  sync")].Replace("days: 1", "days: 2").Replace("mail", "post"));
        Assert.Equal("""
            ~ nightly
                args.days: 1 -> 2
                options.queue: "mail" -> "post"
            - sync
            1 to change, 1 to remove

            """, await OutputAsync("schedules", "plan", "shop.yaml", "--prune"));
        Assert.Contains("? sync  is not in the file", await OutputAsync("schedules", "plan", "shop.yaml"));
        Assert.EndsWith("1 changed, 1 removed\n",
            await OutputAsync("schedules", "apply", "shop.yaml", "--prune", "--yes"));
        Assert.DoesNotContain("sync", await OutputAsync("schedules", "list"));
        Assert.DoesNotContain("hush-1", await OutputAsync("schedules", "versions", "nightly", "--json"));
    }

    [Fact]
    public async Task An_apply_asks_first()
    {
        File(Nightly);
        Assert.Contains("Nobody is there", await RefusedAsync(ExitCode.Usage, "schedules", "apply", "shop.yaml"));
        (Run.CanAsk, Run.Input) = (true, "n");
        Assert.EndsWith("2 to create\n", await OutputAsync("schedules", "apply", "shop.yaml"));
        Assert.Equal("apply this? [y/N] ", Run.Error);
        Assert.Contains("no schedules", await OutputAsync("schedules", "list"));
        Run.Input = "y";
        Assert.EndsWith("2 created\n", await OutputAsync("schedules", "apply", "shop.yaml"));
    }

    [Fact]
    public async Task What_is_defined_elsewhere_is_a_conflict_until_it_is_taken_over()
    {
        await OutputAsync("schedules", "apply", File(Nightly, "other.yaml"), "--yes");
        File(Nightly.Replace("days: 1", "days: 2"));

        Assert.Contains("! nightly  The schedule 'nightly' is defined in file:other.yaml.",
            await OutputAsync("schedules", "plan", "shop.yaml"));
        Assert.Contains("defined in file:other.yaml",
            await RefusedAsync(ExitCode.Conflict, "schedules", "apply", "shop.yaml"));
        Assert.Contains("~ nightly", await OutputAsync("schedules", "apply", "shop.yaml", "--take-over", "--yes"));
        Assert.Contains("\"file:shop.yaml\"", await OutputAsync("schedules", "show", "nightly", "--json"));
    }

    [Fact]
    public async Task Editing_it_elsewhere_says_where_it_is_defined()
    {
        await OutputAsync("schedules", "apply", File(Nightly), "--yes");

        var error = await RefusedAsync(ExitCode.Conflict, "schedules", "edit", "sync", "--every", "1h");
        Assert.StartsWith("error: The schedule 'sync' is defined in file:shop.yaml.\nhint: Change it there", error);
        await RefusedAsync(ExitCode.Conflict, "schedules", "remove", "sync");
        await OutputAsync("schedules", "pause", "sync");
        Assert.Equal("2 unchanged\n", await OutputAsync("schedules", "plan", "shop.yaml"));
    }

    [Theory]
    [InlineData("kind: shop.sync", "kind: shop sync", "shop.yaml:12:5: Schedule sync: kind 'shop sync' has")]
    [InlineData("kind: shop.sync", "knd: x", "shop.yaml:12:5: Schedule sync: There is no field 'knd'.")]
    [InlineData("kind: shop.sync", "owner: x", "shop.yaml:12:5: Schedule sync: There is no field 'owner'.")]
    [InlineData("every: 15m", "every: soon", "shop.yaml:11:7: Schedule sync: 'soon' is no duration.")]
    [InlineData("every: 15m", "every: 15m\n      max: 3", "shop.yaml:9:3: Schedule sync: A trigger with 'max'")]
    [InlineData("zone: Europe/Berlin", "zone: Berlin", "shop.yaml:3:34: Schedule nightly: There is no time zone")]
    [InlineData("max_running: 1", "max_running: '1'", "shop.yaml:8:5: Schedule nightly: The value of max_running")]
    [InlineData("queue: mail", "queue: a b", "shop.yaml:6:15: Schedule nightly: queue 'a b' has")]
    [InlineData("misfire: skip", "misfire: never", "shop.yaml:7:5: Schedule nightly: The value of misfire")]
    [InlineData("misfire: skip", "misfire: skip\n    kind: x", "shop.yaml:8:5: 'kind' is given twice.")]
    [InlineData("misfire: skip", "secrets: {pin: hush-2}", "shop.yaml:7:15: A secret must not stand in the file.")]
    [InlineData("misfire: skip", "secrets: {pin: {env: NONE}}", "shop.yaml:7:21: The variable NONE is not set.")]
    [InlineData("schedules:", "version: 1\nschedules:", "shop.yaml:1:1: There is no field 'version' here.")]
    public async Task A_mistake_is_told_with_its_place_and_nothing_is_written(string right, string wrong, string says)
    {
        var error = await RefusedAsync(
            ExitCode.Usage, "schedules", "apply", File(Nightly.Replace(right, wrong)), "--yes");

        Assert.StartsWith($"error: {says}", error);
        Assert.DoesNotContain("hush-2", error);
        Assert.Contains("no schedules", await OutputAsync("schedules", "list"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("schedules:")]
    [InlineData("schedules: [a]")]
    [InlineData("[]")]
    public async Task A_file_without_schedules_is_refused(string text) => Assert.Contains("There are no schedules.",
        await RefusedAsync(ExitCode.Usage, "schedules", "apply", File(text), "--prune", "--yes"));

    [Fact]
    public async Task A_file_that_is_too_large_or_not_there_is_refused()
    {
        File(new string('#', 10_000_000));
        Assert.Contains("has 10,000,000 bytes", await RefusedAsync(ExitCode.Usage, "schedules", "plan", "shop.yaml"));
        Assert.Contains("cannot be read", await RefusedAsync(ExitCode.Usage, "schedules", "plan", "none.yaml"));
    }

    [Fact]
    public async Task A_secret_comes_from_a_variable_and_its_change_is_told_without_its_value()
    {
        Run.Variables["SHOP_TOKEN"] = "hush-3";
        File(Nightly.Replace("misfire: skip", "secrets: {token: {env: SHOP_TOKEN}}"));
        var made = await OutputAsync("schedules", "apply", "shop.yaml", "--yes");
        Assert.Equal("2 unchanged\n", await OutputAsync("schedules", "plan", "shop.yaml"));
        Run.Variables["SHOP_TOKEN"] = "hush-4";
        var changed = await OutputAsync("schedules", "apply", "shop.yaml", "--yes");

        Assert.StartsWith("""
            ~ nightly
                secrets.token: "********" -> "********"
            1 to change, 1 unchanged

            """, changed);
        Assert.DoesNotContain("hush", made + changed);
    }

    [Fact]
    public async Task An_export_is_a_file_that_changes_nothing()
    {
        await OutputAsync("schedules", "add", "a", "--cron", "H 2 * * *", "--kind", "x", "--max", "3", "--jitter", "5m",
            "--misfire-grace", "5m", "--max-running", "2", "--when-full", "queue", "--paused", "--args",
            """{"t":"no","n":1.50,"z":"0900","l":[null,true,"é"]}""", "--tag", "night");
        await OutputAsync("schedules", "add", "b", "--calendar", "1 month", "--from", "2026-01-31", "--time", "08:00",
            "--except", "2026-12-24/2027-01-01", "--kind", "y", "--timeout", "90s", "--priority", "2");
        File(await OutputAsync("schedules", "export", "--tag", "night"), "one.yaml");
        File(await OutputAsync("schedules", "export"), "two.yaml");
        File(await OutputAsync("schedules", "export", "--json"), "two.json");

        var adopted = await OutputAsync("schedules", "apply", "two.yaml", "--owner", "x", "--yes");
        Assert.StartsWith("""
            ~ a
                owner: none -> "x"
            ~ b
                owner: none -> "x"
            2 to change
            """, adopted);
        Assert.Equal("2 unchanged\n", await OutputAsync("schedules", "plan", "two.json", "--owner", "x"));
        Assert.StartsWith("? b", await OutputAsync("schedules", "plan", "one.yaml", "--owner", "x"));
        Assert.Equal("schedules: {}\n", await OutputAsync("schedules", "export", "--owner", "nobody"));
    }

    [Fact]
    public async Task What_is_masked_cannot_be_exported()
    {
        await OutputAsync("schedules", "apply", File(Nightly), "--yes");

        Assert.Contains("the arguments of nightly are masked",
            await RefusedAsync(ExitCode.Conflict, "schedules", "export", "--owner", "file:shop.yaml"));
    }

    [Fact]
    public async Task Versions_say_who_changed_what()
    {
        await OutputAsync("schedules", "add", "a", "--every", "1h", "--kind", "x", "n:=1");
        await OutputAsync("schedules", "edit", "a", "n:=2", "--queue", "mail");
        await OutputAsync("schedules", "pause", "a");
        var lines = (await OutputAsync("schedules", "versions", "a")).Split('\n');

        Assert.Matches(@"^3\s.*token:local:\S+\s+paused\s+is_paused: false -> true", lines[1]);
        Assert.Matches(@"^2\s.*changed\s+args\.n: 1 -> 2; options\.queue: none -> ""mail""", lines[2]);
        Assert.Matches(@"^1\s.*made", lines[3]);
        var newest = JsonElement.Parse(await OutputAsync("schedules", "versions", "a", "--limit", "1", "--json"));
        Assert.Equal("is_paused", Assert.Single(Assert.Single(newest.Items()).Items("changes")).Text("field"));
    }

    [Fact]
    public async Task A_schedule_says_how_often_each_of_its_jobs_repeats()
    {
        await OutputAsync("schedules", "add", "a", "--every", "1h", "--kind", "x", "--repeat", "3",
            "--interval", "5m,10m");
        var repeat = JsonElement.Parse(await OutputAsync("schedules", "show", "a", "--json"))
            .GetProperty("options").GetProperty("repeat");

        Assert.Equal(3, repeat.GetProperty("times").GetInt32());
        Assert.Equal(["5m", "10m"], repeat.GetProperty("intervals").EnumerateArray().Select(item => item.GetString()));
        Assert.Equal(ExitCode.Usage,
            await Run.RunAsync("schedules", "add", "b", "--every", "1h", "--kind", "x", "--repeat", "3"));
    }

    [Fact]
    public async Task A_trigger_is_said_by_options_from_a_calendar_file_and_as_JSON()
    {
        File("""
            BEGIN:VCALENDAR
            BEGIN:VEVENT
            DTSTART;VALUE=DATE:20301225
            DTEND;VALUE=DATE:20301227
            END:VEVENT
            END:VCALENDAR
            """, "holidays.ics");
        await OutputAsync("schedules", "add", "a", "--calendar", "2 weeks", "--from", "2026-01-31", "--time", "09:00",
            "--zone", "Europe/Berlin", "--max", "3", "--except-ics", "holidays.ics", "--kind", "x");
        await OutputAsync("schedules", "add", "b", "--kind", "x", "--trigger",
            """{"any": [{"cron": "0 9 * * mon"}, {"cron": "0 14 1 * *"}]}""");

        var a = await OutputAsync("schedules", "show", "a");
        Assert.Contains("Every 2 weeks at 09:00:00 from 2026-01-31 on (Europe/Berlin)", a);
        Assert.Contains(", 3 times", a);
        Assert.Contains("except 2030-12-25", a);
        Assert.Contains("0 9 * * mon or 0 14 1 * *", await OutputAsync("schedules", "show", "b"));
        Assert.Equal(ExitCode.Usage, await Run.RunAsync("schedules", "add", "c", "--kind", "x", "--every", "1h",
            "--trigger", """{"every": "1h"}"""));
    }
}
