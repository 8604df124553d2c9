using System.ComponentModel;
using System.Text.Json;
using Rota.Jobs;
using Rota.Schedules;
using Rota.Web.Console.Forms;
using Xunit;

namespace Rota.Tests.Web;

public sealed class FormTests
{
    private static readonly HandlerDescriptor Handler =
        HandlerDescriptor.From(typeof(MixedHandler), "code").Single();

    public enum Tone { Low, VeryHigh }

    [Job("test.mixed")]
    public sealed record Mixed([property: Description("Whom.")] string Name, int Count = 2, decimal? Ratio = null,
        bool IsLoud = false, Tone Tone = Tone.Low, DateTimeOffset? Since = null, string[]? Friends = null,
        IReadOnlyDictionary<string, int>? Limits = null, string? ApiToken = null);

    public sealed class MixedHandler : IJobHandler<Mixed>
    {
        public Task<JobResult> RunAsync(Mixed args, JobContext job, CancellationToken stop) =>
            Task.FromResult(JobResult.Complete);
    }

    private static Func<string, string?> Form(string fields) => name => fields.Split('&')
        .Select(field => field.Split('=', 2)).FirstOrDefault(field => field[0] == name) is [_, { Length: > 0 } value]
        ? value : null;

    [Fact]
    public void A_form_knows_what_the_type_says_of_its_fields()
    {
        var fields = ArgsForm.FieldsOf(Handler);

        Assert.Equal(
            ["name string True Whom.  ", "count integer False   2", "ratio number False   ",
                "isLoud boolean False   false", "tone string False  low,very_high \"low\"",
                "since date-time False   ", "friends array False   ",
                "limits object False   ", "apiToken string False   "],
            fields.Select(field => $"{field.Name} {field.Type} {field.IsRequired} {field.Description} "
                + $"{string.Join(',', field.Choices ?? [])} {field.Default?.Text}"));
    }

    [Theory]
    [InlineData("args.name=x", """{"name":"x"}""")]
    [InlineData("args.name=x&args.count=3&args.ratio=1.5&args.isLoud=true&args.tone=very_high",
        """{"name":"x","count":3,"ratio":1.5,"isLoud":true,"tone":"very_high"}""")]
    [InlineData("args.name=1&args.since=2026-01-31T09:00:00Z&args.friends=[\"a\"]&args.limits={\"a\":1}",
        """{"name":"1","since":"2026-01-31T09:00:00Z","friends":["a"],"limits":{"a":1}}""")]
    [InlineData("args.name=x&args={\"more\":1,\"NAME\":2}", """{"name":"x","more":1}""")]
    public void Arguments_become_the_JSON_of_their_types(string fields, string json) =>
        Assert.Equal(json, ArgsForm.Read(Handler, Form(fields), old: null).GetRawText());

    [Theory]
    [InlineData("args.count=3", "args.name")]
    [InlineData("args.name=x&args.count=three", "args.count")]
    [InlineData("args.name=x&args.count=99999999999", "args.count")]
    [InlineData("args.name=x&args.ratio=1,5x", "args.ratio")]
    [InlineData("args.name=x&args.isLoud=maybe", "args.isLoud")]
    [InlineData("args.name=x&args.tone=shrill", "args.tone")]
    [InlineData("args.name=x&args.since=soon", "args.since")]
    [InlineData("args.name=x&args.friends=[1", "args.friends")]
    [InlineData("args.name=x&args.limits={\"a\":\"b\"}", "args.limits")]
    [InlineData("args.name=x&args=[]", "args")]
    public void Arguments_that_do_not_fit_are_refused_with_the_field(string fields, string field) =>
        Assert.Equal(field, Assert.Throws<InvalidFieldException>(
            () => ArgsForm.Read(Handler, Form(fields), old: null)).Field);

    [Fact]
    public void What_is_secret_stays_when_its_field_is_left_empty_and_never_begins_one()
    {
        var old = JsonElement.Parse("""{"name":"x","apiToken":"canary","more":{"password":"p"}}""");
        var fields = ArgsForm.FieldsOf(Handler);
        var token = fields.Single(field => field.Name == "apiToken");

        Assert.Equal("", ArgsForm.First(token, old));
        Assert.Equal("""{"more":{"password":"********"}}""", ArgsForm.FirstRest(fields, old));
        Assert.Equal("""{"name":"y","apiToken":"canary","more":{"password":"p"}}""", ArgsForm.Read(
            Handler, Form($"args.name=y&args={ArgsForm.FirstRest(fields, old)}"), old).GetRawText());
        Assert.Equal("""{"name":"y","apiToken":"new"}""", ArgsForm.Read(
            Handler, Form("args.name=y&args.apiToken=new"), old).GetRawText());
    }

    [Theory]
    [InlineData("""{"cron":"0 9 * * 1-5","zone":"Europe/Berlin","gap":"skip"}""", "cron")]
    [InlineData("""{"cron":"0 0 9 ? * MON","zone":"UTC","dialect":"quartz"}""", "cron")]
    [InlineData("""{"every":"5m","anchor":"2026-01-01T00:00:00.1234567Z"}""", "every")]
    [InlineData("""{"once":"2126-01-01T00:00:00Z"}""", "once")]
    [InlineData(
        """{"calendar":"1 months","from":"2026-01-31","time":"09:00:00","zone":"UTC","month_end":"last"}""",
        "calendar")]
    [InlineData("""{"cron":"0 9 * * *","zone":"UTC","jitter":"5m"}""", "json")]
    [InlineData("""{"any":[{"cron":"0 9 * * *","zone":"UTC"},{"once":"2126-01-01T00:00:00Z"}]}""", "json")]
    public void A_trigger_comes_back_from_its_form_as_it_was(string json, string kind)
    {
        var fields = TriggerForm.Of(JsonElement.Parse(json), "name");
        var trigger = TriggerForm.Read(fields.GetValueOrDefault);

        Assert.Equal(kind, fields["when"]);
        Assert.Equal(TriggerJson.Read(json), TriggerJson.Read(trigger));
    }

    [Fact]
    public void A_run_that_a_change_of_the_clock_moves_carries_a_note()
    {
        var trigger = TriggerJson.Read("""{"cron":"30 2 * * *","zone":"Europe/Berlin"}""");

        var runs = NextRuns.Of(trigger, new DateTimeOffset(2026, 3, 27, 12, 0, 0, TimeSpan.Zero), 3);

        Assert.Equal(["02:30 +01:00", "03:00 +02:00", "02:30 +02:00"],
            runs.Select(run => run.Local.ToString("HH:mm zzz", System.Globalization.CultureInfo.InvariantCulture)));
        Assert.Equal([null, "02:30 does not exist on 2026-03-29 in Europe/Berlin: runs at 03:00", null],
            runs.Select(run => run.Note));
    }
}
