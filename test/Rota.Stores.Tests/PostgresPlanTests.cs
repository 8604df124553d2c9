using System.Runtime.CompilerServices;
using Rota.Postgres;
using Rota.Storage;

namespace Rota.Stores.Tests;

/// <summary>By which index rows are found, so that it costs the same however many others there are.</summary>
public sealed class PostgresPlanTests : StoreContract
{
    protected override async Task<TestStore> OpenAsync() => await PostgresTestStore.OpenAsync();

    private PostgresDatabase Database => ((PostgresTestStore)Store).Database;

    [Fact]
    public async Task Jobs_of_a_project_are_read_by_the_index_of_projects() =>
        Assert.Contains("Index Scan Backward using job_project", await PlanAsync(new JobFilter { Project = "acme" }));

    [Theory]
    [InlineData(JobState.Queued)]
    [InlineData(JobState.Succeeded)]
    [InlineData(JobState.Failed)]
    public async Task Jobs_of_a_project_in_a_state_too(JobState state) => Assert.Contains(
        "Index Scan Backward using job_project", await PlanAsync(new JobFilter { Project = "acme", State = state }));

    [Fact]
    public async Task What_failed_of_a_tag_is_found_in_the_index_of_what_failed_row_by_row_of_the_tag()
    {
        var plan = await PlanAsync(new JobFilter { Tag = "nightly", State = JobState.Failed });

        Assert.Contains("SubPlan", plan);
        Assert.Contains("Index Only Scan using outcome_unsuccessful on outcome ended", plan);
    }

    [Fact]
    public async Task Jobs_of_a_schedule_are_read_by_the_index_of_schedules() => Assert.Contains(
        "Index Scan Backward using job_schedule", await PlanAsync(new JobFilter { Schedule = "nightly" }));

    // With a part of its key a long lane was read for each job of a search: two seconds for a thousand jobs.
    [Theory]
    [InlineData(null)]
    [InlineData("text")]
    public async Task A_ready_job_is_looked_up_by_its_whole_key(string? search) => Assert.Contains(
        "Index Cond: ((queue = route.queue) AND (priority = route.priority) AND (id = job.id))",
        await PlanAsync(new JobFilter { Search = search, From = new JobId(50) }));

    // By a join ten thousand routes of a kind were compared with as many counters: more than two seconds.
    [Theory]
    [InlineData(JobState.Queued)]
    [InlineData(JobState.Succeeded)]
    public async Task The_routes_of_a_kind_are_looked_up_in_a_hash_table(JobState state) => Assert.Contains(
        "hashed SubPlan", await PlanAsync(JobList.Of(
            new JobFilter { Kind = "test", State = state }, before: null, limit: 50).First()));

    [Fact]
    public async Task The_default_project_whose_jobs_no_index_holds_has_the_first_number() =>
        Assert.Equal(1, await Database.Words.AddAsync(JobOptions.DefaultProject, Stop));

    // Where the rows were joined with what ended, a plan for many of both compared each with each: 0.4 s for 500.
    [Theory]
    [InlineData(JobEvent.Succeed)]
    [InlineData(JobEvent.Fail)]
    public async Task Attempts_that_end_are_found_by_their_ids_however_many_run(JobEvent what)
    {
        await InsertManyAsync(2_000);
        var running = await ClaimAsync(slots: 2_000);
        await Database.RunAsync("ANALYZE rota.running", Stop);

        var endings = running.Take(1_000).Select(job => Ending.Of(Ended(job, what)));
        var plan = await PlanAsync(JobEnd.Statements(endings).Single());

        Assert.Contains("Index Scan using running_pkey", plan);
        Assert.Contains("Index Cond: (id = ANY", plan);
        Assert.DoesNotContain("Join", plan);
        Assert.DoesNotContain("Nested Loop", plan[..plan.IndexOf("Index Scan using running_pkey")]);
    }

    /// <summary>The plan of what is asked last, after some jobs that none of these lists shows.</summary>
    private async Task<string> PlanAsync(JobFilter filter)
    {
        for (var job = 0; job < 100; job++)
            await InsertAsync(Plain with { Project = job % 10 == 0 ? "other" : JobOptions.DefaultProject });
        await Database.RunAsync("ANALYZE rota.job", Stop);
        return await PlanAsync(JobList.Of(filter, before: null, limit: 50).Last());
    }

    private async Task<string> PlanAsync(Statement statement) => string.Join('\n', await Database.RunAsync(
        session => session.ListAsync("EXPLAIN " + statement.Sql, rows => rows.GetString(0), statement.Values), Stop));

    [Fact]
    public void A_statement_made_at_run_time_is_forgotten_when_it_is_done()
    {
        var made = Made();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();

        Assert.False(made.TryGetTarget(out _));
        Assert.Contains("test_", Database.Sql("SELECT * FROM rota.job"));

        [MethodImpl(MethodImplOptions.NoInlining)]
        WeakReference<string> Made()
        {
            var sql = string.Concat("SELECT * FROM rota.job WHERE id = ", Random.Shared.Next());
            Assert.DoesNotContain("rota.", Database.Sql(sql));
            return new WeakReference<string>(sql);
        }
    }
}
