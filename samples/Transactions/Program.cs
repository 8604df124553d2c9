using System.Collections.Concurrent;
using Dapper;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Rota;
using Rota.Jobs;

// An order and the job that mails its invoice: both are stored, or neither.
var url = args[0]; // such as postgres://USER:PASSWORD@HOST:5432/DATABASE
var builder = Host.CreateApplicationBuilder();
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.Services.AddRota(o => o.UsePostgres(url)).AddHandler<SendInvoiceHandler>();
using var host = builder.Build();
await host.StartAsync();
var client = host.Services.GetRequiredService<IJobClient>();
await using var database = NpgsqlDataSource.Create(Rota.Postgres.PostgresUrl.Parse(url).Connection);
await using (var create = database.CreateCommand("CREATE TABLE IF NOT EXISTS orders (id bigint PRIMARY KEY)"))
    await create.ExecuteNonQueryAsync();

// Each way first commits an order and then takes one back.
var committed = new List<JobId>();
foreach (var (order, isCommitted) in new[] { (1, true), (2, false) }) // plain ADO.NET
{
    await using var connection = await database.OpenConnectionAsync();
    await using var transaction = await connection.BeginTransactionAsync();
    await using var insert = new NpgsqlCommand($"INSERT INTO orders VALUES ({order})", connection, transaction);
    await insert.ExecuteNonQueryAsync();
    var job = await client.EnqueueAsync(new SendInvoice(order), options: null, transaction);
    if (isCommitted)
    {
        await transaction.CommitAsync();
        committed.Add(job.Id);
    }
    else
    {
        await transaction.RollbackAsync();
    }
}

foreach (var (order, isCommitted) in new[] { (3, true), (4, false) }) // Dapper
{
    await using var connection = await database.OpenConnectionAsync();
    await using var transaction = await connection.BeginTransactionAsync();
    await connection.ExecuteAsync("INSERT INTO orders VALUES (@Id)", new { Id = order }, transaction);
    var job = await client.EnqueueAsync(new SendInvoice(order), options: null, transaction);
    if (isCommitted)
    {
        await transaction.CommitAsync();
        committed.Add(job.Id);
    }
    else
    {
        await transaction.RollbackAsync();
    }
}

foreach (var (order, isCommitted) in new[] { (5, true), (6, false) }) // EF Core
{
    await using var orders = new OrderContext(database);
    await using var transaction = await orders.Database.BeginTransactionAsync();
    orders.Add(new Order { Id = order });
    await orders.SaveChangesAsync();
    var job = await client.EnqueueAsync(new SendInvoice(order), options: null, transaction.GetDbTransaction());
    if (isCommitted)
    {
        await transaction.CommitAsync();
        committed.Add(job.Id);
    }
    else
    {
        await transaction.RollbackAsync();
    }
}

var jobs = host.Services.GetRequiredService<JobOperations>();
foreach (var id in committed)
{
    while (!(await jobs.GetAsync(id, CancellationToken.None)).State.IsFinal)
        await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
}
await host.StopAsync();
var sent = string.Join(", ", Outbox.Sent.Order());
await Console.Out.WriteLineAsync($"{committed.Count} committed, invoices sent: {sent}");

/// <summary>Mails one invoice to its customer.</summary>
[Job("invoice.send", Queue = "mail")]
public sealed record SendInvoice(long OrderId);

public sealed class SendInvoiceHandler : IJobHandler<SendInvoice>
{
    public Task<JobResult> RunAsync(SendInvoice args, JobContext job, CancellationToken stop)
    {
        Outbox.Sent.Add(args.OrderId);
        return Task.FromResult(JobResult.Complete);
    }
}

public sealed class Order
{
    public long Id { get; set; }
}

public sealed class OrderContext(NpgsqlDataSource database) : DbContext
{
    protected override void OnConfiguring(DbContextOptionsBuilder optionsBuilder) => optionsBuilder.UseNpgsql(database);

    protected override void OnModelCreating(ModelBuilder modelBuilder) =>
        modelBuilder.Entity<Order>(order =>
        {
            order.ToTable("orders");
            order.Property(row => row.Id).HasColumnName("id").ValueGeneratedNever();
        });
}

/// <summary>Order ids for which a mail went out.</summary>
internal static class Outbox
{
    public static ConcurrentBag<long> Sent { get; } = [];
}
