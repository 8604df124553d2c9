using System.Text.RegularExpressions;
using Rota.Flows;
using Rota.Jobs;
using Rota.Storage;
using Rota.Tests.House;
using Rota.Web.Console;
using Rota.Web.Console.Jobs;
using Rota.Web.Console.Live;
using Rota.Web.Console.Parts;
using Xunit;

namespace Rota.Tests.Web;

public sealed partial class ConsolePartsTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("plain\ttext\n", "plain\ttext\n")]
    [InlineData("\u001b[31mred\u001b[0m and \u001b[2Kgone", "red and gone")]
    [InlineData("a\0b\u0007", "a␀b␇")]
    [InlineData("\u001b]0;title", "␛]0;title")]
    [InlineData("user\u202Etxt.exe\u200b", "user<U+202E>txt.exe<U+200B>")]
    [InlineData("\u0085", "<U+0085>")]
    public void Text_of_jobs_hides_and_reorders_nothing(string text, string shown) =>
        Assert.Equal(shown, VisibleText.Of(text, 100));

    [Fact]
    public void Text_without_an_end_is_cut_with_a_note() =>
        Assert.Equal("aaa… (9,999,997 more characters)", VisibleText.Of(new string('a', 10_000_000), 3));

    [Theory]
    [InlineData(-2, "now")]
    [InlineData(-59, "59 s ago")]
    [InlineData(-3_599, "59 min ago")]
    [InlineData(-172_799, "47 h ago")]
    [InlineData(-172_800, "2 d ago")]
    [InlineData(90, "in 1 min")]
    public void Instants_are_told_from_now(int seconds, string words) =>
        Assert.Equal(words, TimeWords.Ago(Now.AddSeconds(seconds), Now));

    [Theory]
    [InlineData(0.0402, "40 ms")]
    [InlineData(3.24, "3.2 s")]
    [InlineData(252, "4 min 12 s")]
    [InlineData(3_600, "1 h")]
    [InlineData(270_000, "3 d 3 h")]
    public void Durations_are_told_in_two_units_at_most(double seconds, string words) =>
        Assert.Equal(words, TimeWords.Span(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData("/console/jobs?state=failed", "/console/jobs?state=failed")]
    [InlineData("/console", "/console")]
    [InlineData("https://evil.example/console", "/console")]
    [InlineData("//evil.example", "/console")]
    [InlineData("/consolex", "/console")]
    [InlineData("/console/..//evil.example", "/console")]
    [InlineData("/console/\\evil.example", "/console")]
    [InlineData("/console\r\nSet-Cookie: a=b", "/console")]
    [InlineData(null, "/console")]
    public void Only_addresses_of_the_console_lead_on(string? given, string leads) =>
        Assert.Equal(leads, LocalAddress.Check(given));

    [Theory]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("a,\"b\"", "\"a,\"\"b\"\"\"")]
    [InlineData(null, "")]
    public void A_cell_of_a_table_is_no_formula(string? value, string cell) =>
        Assert.Equal($"{cell}\r\n", JobExport.Row([value]));

    [Fact]
    public void A_job_stands_to_the_right_of_all_that_it_waits_for()
    {
        var jobs = Enumerable.Range(1, 4).Select(Job).ToList();
        var layout = new GraphLayout(new JobGraph(jobs, [(new(1), new(2)), (new(1), new(3)), (new(2), new(4)),
            (new(3), new(4))], [new JobGroup(JobState.Queued, 7, [new(1)], [new(4)])], IsTruncated: true));

        Assert.Equal([(1L, 0, 0), (2, 1, 0), (3, 1, 1), (4, 2, 0)], layout.Boxes.Where(box => box.Job is not null)
            .Select(box => (box.Job!.Id.Value, box.Column, box.Row)));
        Assert.Equal((1, 2),
            layout.Boxes.Where(box => box.Group is not null).Select(box => (box.Column, box.Row)).Single());
        Assert.Equal(6, layout.Edges.Count);
    }

    private static Job Job(int id) => new()
    {
        Id = new JobId(id),
        Kind = "a",
        Queue = "q",
        Project = "p",
        Priority = 5,
        State = JobState.Failed,
        CreatedAt = Now,
        EndedAt = Now.AddMinutes(-id),
        Reason = id == 4 ? FailReason.Lost : FailReason.Error,
    };

    [Fact]
    public void Rates_are_the_growth_of_counters_and_never_below_nothing()
    {
        var rates = new Rates([Sample(0, succeeded: 10, failed: 5), Sample(10, succeeded: 13, failed: 2),
            Sample(20, succeeded: 13, failed: 3)]);

        Assert.Equal("[[1769860810,1769860820],[18,0],[0,6],[4,4]]", rates.Json);
        Assert.Equal("In the last minute 3 jobs succeeded and 1 failed.", rates.Summary);
        Assert.Equal("[[],[],[],[]]", new Rates([]).Json);
    }

    [Fact]
    public void The_rates_of_a_queue_are_of_the_last_minute_and_forget_what_was_there_before()
    {
        var rates = new QueueRates();
        rates.Add([Count("mail", JobState.Queued, 5), Count("mail", JobState.Succeeded, 100)]);
        rates.Add([Count("mail", JobState.Queued, 6), Count("mail", JobState.Succeeded, 103),
            Count("new", JobState.Failed, 2)]);
        rates.Add([Count("mail", JobState.Queued, 6), Count("mail", JobState.Succeeded, 50)]); // retention

        var (mail, gone) = (rates.Of("mail"), rates.Of("new"));

        Assert.Equal((4, 3), (mail.Came, mail.Ended));
        Assert.Equal((30, 3, 3), (mail.Trend.Count, mail.Trend[^1], mail.Trend.Sum()));
        Assert.Equal("3 ended in the last hour, at most 3 in two minutes", mail.Words);
        Assert.Equal((0, 0, 0), (gone.Came, gone.Ended, gone.Trend.Sum()));
        for (var step = 0; step < 6; step++)
            rates.Add([Count("mail", JobState.Succeeded, 56 + step)]);
        Assert.Equal((11, 11), (rates.Of("mail").Ended, rates.Of("mail").Trend.Sum() - 3));

        static JobCount Count(string queue, JobState state, long count) => new(queue, "a", state, count);
    }

    private static Sample Sample(int second, long succeeded, long failed) => new(Now.AddSeconds(second),
        new Dictionary<JobState, long>
        {
            [JobState.Succeeded] = succeeded,
            [JobState.Failed] = failed,
            [JobState.Queued] = 4,
        });

    [Fact]
    public void Alarms_name_what_failed_in_the_last_hour_and_lost_jobs_first()
    {
        var jobs = Enumerable.Range(1, 4).Select(Job).Append(Job(5) with { EndedAt = Now.AddHours(-2) }).ToList();

        var alarms = Alarms.Of([], [], jobs, [], [], Now);

        Assert.Equal(["No node works jobs. Start one: rota serve or rota work",
            "1 job of a failed because nodes died in the last hour.", "3 jobs of a failed in the last hour."],
            alarms.Select(alarm => alarm.Text));
        Assert.Equal("/console/jobs?kind=a&reason=lost&state=failed", alarms[1].Address);
    }

    [Fact]
    public void Every_icon_that_is_named_is_in_the_sprite()
    {
        var known = Repository.Read("src/Rota.Web/Console/Assets/icons.txt").Split('\n').ToHashSet();
        var named = Repository.Files("src/Rota.Web/Console", ".razor")
            .SelectMany(path => Icons().Matches(Repository.Read(path))).Select(match => match.Groups["name"].Value)
            .Concat(Enum.GetValues<JobState>().Select(StateBadge.IconOf)).Distinct();

        Assert.Empty(named.Except(known));
    }

    [GeneratedRegex("""<Icon Name="(?<name>[a-z-]+)" """, RegexOptions.None, 1_000)]
    private static partial Regex Icons();
}
