using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rota;
using Rota.Jobs;

var builder = Host.CreateApplicationBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.Services.AddRota(o => o.UseSqlite("rota.db"))
    .AddHandler<SendInvoiceHandler>()
    .AddSchedule("remind", schedule => schedule.Cron("0 9 * * mon", "Europe/Berlin").Enqueue(new SendInvoice(4)));
using var host = builder.Build();
await host.StartAsync();

// Enqueuing returns after the commit: from here on the invoices will be sent, even if the power fails.
var client = host.Services.GetRequiredService<IJobClient>();
var invoices = await client.EnqueueManyAsync<SendInvoice>([new(1), new(2), new(3)]);

var jobs = host.Services.GetRequiredService<JobOperations>();
foreach (var invoice in invoices)
{
    var job = await jobs.GetAsync(invoice.Id, CancellationToken.None);
    for (; !job.State.IsFinal; job = await jobs.GetAsync(invoice.Id, CancellationToken.None))
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
