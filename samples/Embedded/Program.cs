using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rota;
using Rota.Jobs;

var builder = Host.CreateApplicationBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.Services.AddRota(o => o.UseSqlite("rota.db"))
    .AddHandler<SendInvoiceHandler>()
    .AddHandler<TellSummaryHandler>()
    .AddSchedule("remind", schedule => schedule.Cron("0 9 * * mon", "Europe/Berlin").Enqueue(new SendInvoice(4)));
using var host = builder.Build();
await host.StartAsync();

// Enqueuing returns after the commit: from here on the invoices will be sent, even if the power fails.
var client = host.Services.GetRequiredService<IJobClient>();
var invoices = await client.EnqueueManyAsync<SendInvoice>([new(1), new(2), new(3)]);

// A batch is done when all of its jobs have ended; its summary then goes to the job behind it.
var batch = await client.EnqueueBatchAsync(new JobBatch
{
    Jobs = [JobStep.Of(new SendInvoice(4)), JobStep.Of(new SendInvoice(5))],
    OnComplete = JobStep.Of(new TellSummary(), new JobOptions { ResultInto = "sent" }),
});

var jobs = host.Services.GetRequiredService<JobOperations>();
foreach (var id in invoices.Select(invoice => invoice.Id).Append(batch.Id).Append(batch.OnComplete!.Value))
{
    var job = await jobs.GetAsync(id, CancellationToken.None);
    for (; !job.State.IsFinal; job = await jobs.GetAsync(id, CancellationToken.None))
        await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
    await Console.Out.WriteLineAsync($"Job {job.Id} {job.State.ToString().ToLowerInvariant()}");
}
await host.StopAsync();

/// <summary>Mails one invoice to its customer.</summary>
[Job("invoice.send", Queue = "mail", MaxAttempts = 5)]
public sealed record SendInvoice(long InvoiceId);

public sealed class SendInvoiceHandler : IJobHandler<SendInvoice>
{
    public Task<JobResult> RunAsync(SendInvoice args, JobContext job, CancellationToken stop)
    {
        // A job can run twice; its id is the same each time, which lets a mail provider drop the repeat.
        job.Log.LogInformation("Sending invoice {InvoiceId} as {JobId}", args.InvoiceId, job.Id);
        return Task.FromResult(JobResult.Complete);
    }
}

/// <summary>Tells how many invoices of a batch were sent.</summary>
[Job("invoice.summary")]
public sealed record TellSummary(BatchCounts? Sent = null);

public sealed record BatchCounts(int Total, int Succeeded);

public sealed class TellSummaryHandler : IJobHandler<TellSummary>
{
    public async Task<JobResult> RunAsync(TellSummary args, JobContext job, CancellationToken stop)
    {
        await Console.Out.WriteLineAsync($"{args.Sent?.Succeeded} of {args.Sent?.Total} invoices were sent");
        return JobResult.Complete;
    }
}
