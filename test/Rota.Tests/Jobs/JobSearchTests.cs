using System.Text;
using Rota.Jobs;
using Rota.Storage;
using Xunit;

namespace Rota.Tests.Jobs;

/// <summary>A search for a text goes through all jobs, as far in one go as a moment allows.</summary>
public sealed class JobSearchTests
{
    private const int Jobs = 3_000;
    private static readonly int[] Needles = [2_998, 1_500, 1];
    private static readonly JobFilter Filter = new() { Search = "needle" };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>A clock that goes on by itself whenever somebody looks at it.</summary>
    private sealed class RestlessTime(TimeSpan step) : TimeProvider
    {
        private long _looks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Interlocked.Increment(ref _looks) * step.Ticks;
    }

    private static async Task<(TestHost Host, JobId[] Expected)> FillAsync()
    {
        var host = await TestHost.StartAsync(
            (_, _, _) => Task.FromResult(JobResult.Complete), options => options.Workers.IsEnabled = false);
        var jobs = Enumerable.Range(0, Jobs).Select(number => new NewJob(new JobTemplate { Kind = "test" },
            Encoding.UTF8.GetBytes(Needles.Contains(number) ? """{"a":"a needle"}""" : "{}")));
        var stored = await host.Get<IJobStore>().InsertAsync([.. jobs], TimeProvider.System.GetUtcNow(), Stop);
        return (host, [.. Needles.Select(number => stored[number].Id)]);
    }

    private static async Task<List<JobPage>> PagesAsync(TestHost host, TimeSpan step, int limit)
    {
        var pages = new List<JobPage>();
        do
        {
            pages.Add(await JobSearch.FindAsync(host.Get<IJobStore>(), Filter, pages.LastOrDefault()?.Next, limit,
                new RestlessTime(step), Stop));
        }
        while (pages[^1].Next is not null);
        return pages;
    }

    private static IEnumerable<JobId> Ids(IEnumerable<JobPage> pages) =>
        pages.SelectMany(page => page.Jobs).Select(job => job.Id);

    [Fact]
    public async Task It_finds_all_in_one_go_while_there_is_time()
    {
        var (host, expected) = await FillAsync();
        await using var _ = host;

        var page = Assert.Single(await PagesAsync(host, TimeSpan.Zero, limit: 100));

        Assert.Equal(expected, page.Jobs.Select(job => job.Id));
    }

    [Fact]
    public async Task It_stops_after_a_moment_and_goes_on_where_it_stopped()
    {
        var (host, expected) = await FillAsync();
        await using var _ = host;

        var pages = await PagesAsync(host, TimeSpan.FromMilliseconds(60), limit: 100);

        Assert.Equal([1, 1, 1], pages.Select(page => page.Jobs.Count));
        Assert.Equal(expected, Ids(pages));
    }

    [Fact]
    public async Task A_full_page_ends_at_its_last_job()
    {
        var (host, expected) = await FillAsync();
        await using var _ = host;

        var pages = await PagesAsync(host, TimeSpan.Zero, limit: 2);

        Assert.Equal([2, 1], pages.Select(page => page.Jobs.Count));
        Assert.Equal(expected, Ids(pages));
    }

    [Fact]
    public async Task Where_there_is_no_job_there_is_nothing_to_find()
    {
        await using var host = await TestHost.StartAsync((_, _, _) => Task.FromResult(JobResult.Complete));

        var page = Assert.Single(await PagesAsync(host, TimeSpan.Zero, limit: 2));

        Assert.Empty(page.Jobs);
    }

    [Fact]
    public async Task Jobs_too_large_for_one_look_are_looked_at_a_few_at_a_time()
    {
        const int Large = 8, NeedleBytes = 12_000;
        await using var host = await TestHost.StartAsync(
            (_, _, _) => Task.FromResult(JobResult.Complete), options => options.Workers.IsEnabled = false);
        var args = new byte[1 << 20];
        args.AsSpan().Fill((byte)'1');
        var first = (byte[])args.Clone();
        first[^1] = (byte)'2';
        var jobs = Enumerable.Repeat(args, Large - 1).Prepend(first)
            .Select(bytes => new NewJob(new JobTemplate { Kind = "large" }, bytes));
        var stored = await host.Get<IJobStore>().InsertAsync([.. jobs], TimeProvider.System.GetUtcNow(), Stop);

        // Some tenths of a second for each job: more than the store allows for all of them at once.
        var filter = new JobFilter { Search = new string('1', NeedleBytes) + "2" };
        var found = await JobSearch.FindAsync(
            host.Get<IJobStore>(), filter, before: null, 100, new RestlessTime(TimeSpan.Zero), Stop);

        Assert.Equal(stored[0].Id, Assert.Single(found.Jobs).Id);
        Assert.Null(found.Next);
    }
}
