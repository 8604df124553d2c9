using System.Text.Json;
using Rota.Jobs;
using Xunit;

namespace Rota.Tests.Jobs;

/// <summary>Every wrong value is refused with the name of its field; every value at its limit is taken.</summary>
public sealed class JobOptionsCheckTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly string Long = new('x', 201);

    public static TheoryData<string, JobOptions> Wrong => new()
    {
        { "queue", new JobOptions { Queue = "" } },
        { "queue", new JobOptions { Queue = "two words" } },
        { "queue", new JobOptions { Queue = Long } },
        { "project", new JobOptions { Project = "a/b" } },
        { "key", new JobOptions { Key = "ä" } },
        { "priority", new JobOptions { Priority = -1 } },
        { "priority", new JobOptions { Priority = 10 } },
        { "delay", new JobOptions { Delay = TimeSpan.FromTicks(-1) } },
        { "delay", new JobOptions { Delay = TimeSpan.FromDays(3_661) } },
        { "delay", new JobOptions { Delay = TimeSpan.MaxValue } },
        { "delay", new JobOptions { Delay = TimeSpan.FromHours(1), RunAt = Now } },
        { "run_at", new JobOptions { RunAt = Now + TimeSpan.FromDays(3_661) } },
        { "run_at", new JobOptions { RunAt = DateTimeOffset.MaxValue } },
        { "max_attempts", new JobOptions { MaxAttempts = 0 } },
        { "max_attempts", new JobOptions { MaxAttempts = 1_001 } },
        { "timeout", new JobOptions { Timeout = TimeSpan.Zero } },
        { "timeout", new JobOptions { Timeout = TimeSpan.FromDays(8) } },
        { "timeout", new JobOptions { Timeout = TimeSpan.FromSeconds(-1) } },
        { "backoff", new JobOptions { Backoff = Backoff.List() } },
        { "backoff", new JobOptions { Backoff = Backoff.Fixed(TimeSpan.FromSeconds(-1)) } },
        { "backoff", new JobOptions { Backoff = Backoff.Fixed(TimeSpan.FromDays(31)) } },
        { "backoff", new JobOptions { Backoff = Backoff.Exponential(TimeSpan.Zero, TimeSpan.FromSeconds(-1)) } },
        { "unique.key", new JobOptions { Unique = new Unique("") } },
        { "unique.key", new JobOptions { Unique = new Unique(Long) } },
        { "unique.period", new JobOptions { Unique = new Unique("u", UniqueScope.ForPeriod) } },
        { "unique.period", new JobOptions { Unique = new Unique("u", Period: TimeSpan.FromHours(1)) } },
        { "unique.period", new JobOptions { Unique = new Unique("u", UniqueScope.ForPeriod, TimeSpan.Zero) } },
        { "unique.period", new JobOptions { Unique = new Unique("u", UniqueScope.ForPeriod, TimeSpan.FromDays(367)) } },
        { "depends_on", new JobOptions { DependsOn = [.. Enumerable.Range(1, 1_001).Select(n => new JobId(n))] } },
        { "tags", new JobOptions { Tags = [.. Enumerable.Repeat("t", 17)] } },
        { "tags", new JobOptions { Tags = [""] } },
        { "tags", new JobOptions { Tags = [new string('t', 101)] } },
        { "metadata", new JobOptions { Metadata = Enumerable.Range(0, 65).ToDictionary(n => $"{n}", _ => "") } },
        { "metadata", new JobOptions { Metadata = new Dictionary<string, string> { ["a"] = new('x', 16_384) } } },
    };

    [Theory, MemberData(nameof(Wrong))]
    public void A_wrong_value_is_refused_with_the_name_of_its_field(string field, JobOptions options)
    {
        var error = Assert.Throws<InvalidFieldException>(() => JobOptionsCheck.ToTemplate("test", null, options, Now));

        Assert.Equal(field, error.Field);
        Assert.Equal("request.invalid", error.Code);
        Assert.False(string.IsNullOrEmpty(error.Hint));
    }

    public static TheoryData<JobOptions> Right => new(
        new JobOptions { Queue = new string('q', 200), Priority = 0, MaxAttempts = 1_000, Key = "a.b_c-d:e" },
        new JobOptions { Priority = 9, Delay = TimeSpan.FromDays(3_660), Timeout = TimeSpan.FromDays(7) },
        new JobOptions { RunAt = DateTimeOffset.MinValue, Timeout = TimeSpan.FromMilliseconds(1) },
        new JobOptions { Unique = new Unique("any text, ü", UniqueScope.ForPeriod, TimeSpan.FromDays(366)) },
        new JobOptions { DependsOn = [.. Enumerable.Range(1, 1_000).Select(n => new JobId(n))] },
        new JobOptions { DependsOn = [new JobId(1)], Delay = TimeSpan.FromHours(1) },
        new JobOptions { Tags = [.. Enumerable.Repeat(new string('t', 100), 16)] },
        new JobOptions { Backoff = Backoff.List([.. Enumerable.Repeat(TimeSpan.FromDays(30), 100)]) });

    [Theory, MemberData(nameof(Right))]
    public void A_value_at_its_limit_is_taken(JobOptions options) =>
        Assert.Equal("test", JobOptionsCheck.ToTemplate("test", null, options, Now).Kind);

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("a\0b")]
    public void A_wrong_kind_is_refused(string kind) => Assert.Equal("kind",
        Assert.Throws<InvalidFieldException>(() => JobOptionsCheck.ToTemplate(kind, null, null, Now)).Field);

    [Fact]
    public void Without_options_a_job_has_the_defaults_and_no_settings()
    {
        var template = JobOptionsCheck.ToTemplate("test", null, null, Now);

        Assert.Equal(("default", "default", 5), (template.Queue, template.Project, template.Priority));
        Assert.False(template.Settings.HasValue);
        Assert.Null(template.DueAt);
    }

    [Fact]
    public void Options_win_over_the_kind_and_the_kind_over_the_defaults()
    {
        var job = new JobAttribute("test") { Queue = "mail", Priority = 1, MaxAttempts = 7, TimeoutSeconds = 9 };

        var template = JobOptionsCheck.ToTemplate("test", job, new JobOptions { Priority = 2 }, Now);

        var settings = JobSettings.Parse(template.Settings);
        Assert.Equal(("mail", 2, 7, TimeSpan.FromSeconds(9)),
            (template.Queue, template.Priority, settings.MaxAttempts, settings.Timeout));
    }

    [Fact]
    public async Task Arguments_over_a_mebibyte_are_refused_with_their_size()
    {
        await using var host = await TestHost.StartAsync((_, _, _) => Task.FromResult(JobResult.Complete));
        var args = JsonSerializer.SerializeToElement(new string('x', 10 << 20));

        var error = await Assert.ThrowsAsync<InvalidFieldException>(() =>
            host.Client.EnqueueAsync("some.kind", args, stop: TestContext.Current.CancellationToken));

        Assert.Equal("args", error.Field);
        Assert.Contains("10,485,762 bytes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_many_jobs_for_one_call_are_refused()
    {
        await using var host = await TestHost.StartAsync((_, _, _) => Task.FromResult(JobResult.Complete));

        var error = await Assert.ThrowsAsync<InvalidFieldException>(() =>
            host.Client.EnqueueManyAsync(new TestRun[100_001], stop: TestContext.Current.CancellationToken));

        Assert.Equal("args", error.Field);
    }
}
