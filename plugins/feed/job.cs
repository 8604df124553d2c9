/// <param name="FeedUrl">An RSS 2.0 or Atom feed.</param>
/// <param name="WebhookUrl">Gets each new entry as JSON: id, title, link, summary, published.</param>
public sealed record FeedParameters(Uri FeedUrl, Uri WebhookUrl);

/// <summary>Posts each new entry of a feed to a webhook, oldest first.</summary>
/// <remarks>An entry is marked as seen only after its post succeeded. When the node dies between the two, the entry is
/// posted again under the same Idempotency-Key.</remarks>
[Job("feed.watch", Aliases = ["extensions.feed.job:FeedJob"])]
public sealed class FeedJob(FeedClient client) : IntegrationJob<FeedParameters>
{
    public override async Task<JobResult> RunAsync(
        FeedParameters parameters, IReadOnlyDictionary<string, string> secrets, JobContext job, CancellationToken stop)
    {
        var memory = await FeedMemory.OpenAsync(job.Memory, parameters, stop);
        if (await client.ReadAsync(parameters.FeedUrl, memory.Mark, stop) is not { } feed)
        {
            job.Log.LogInformation("Nothing new: the feed has not changed");
            return JobResult.CompleteWith(new { posted = 0 });
        }
        var fresh = feed.Entries.Where(entry => !memory.HasSeen(entry.Id)).Reverse().ToList();
        for (var posted = 0; posted < fresh.Count; posted++)
        {
            await client.PostAsync(parameters.WebhookUrl, fresh[posted], memory.KeyOf(fresh[posted].Id), stop);
            await memory.AddAsync(fresh[posted].Id, stop);
            job.ReportProgress(posted + 1, fresh.Count, fresh[posted].Title);
        }
        // Only now: else an entry whose post failed would hide behind "not modified" for ever.
        await memory.SetMarkAsync(feed.Mark, stop);
        job.Log.LogInformation("Posted {Posted} of {Entries} entries", fresh.Count, feed.Entries.Count);
        return JobResult.CompleteWith(new { posted = fresh.Count });
    }
}
