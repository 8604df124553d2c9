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

var committed = new List<JobId>();

await using (var connection = await database.OpenConnectionAsync()) // plain ADO.NET
await using (var transaction = await connection.BeginTransactionAsync())
{
    await using var insert = new NpgsqlCommand("INSERT INTO orders VALUES (1)", connection, transaction);
    await insert.ExecuteNonQueryAsync();
    committed.Add((await client.EnqueueAsync(new SendInvoice(1), options: null, transaction)).Id);
    await transaction.CommitAsync();
}

await using (var connection = await database.OpenConnectionAsync()) // Dapper
await using (var transaction = await connection.BeginTransactionAsync())
{
    await connection.ExecuteAsync("INSERT INTO orders VALUES (@Id)", new { Id = 2 }, transaction);
    committed.Add((await client.EnqueueAsync(new SendInvoice(2), options: null, transaction)).Id);
    await transaction.CommitAsync();
}

await using (var orders = new OrderContext(database)) // EF Core
await using (var transaction = await orders.Database.BeginTransactionAsync())
{
    orders.Add(new Order { Id = 3 });
    await orders.SaveChangesAsync();
    committed.Add((await client.EnqueueAsync(new SendInvoice(3), options: null, transaction.GetDbTransaction())).Id);
    await transaction.CommitAsync();
}

await using (var connection = await database.OpenConnectionAsync()) // and one that is rolled back
await using (var transaction = await connection.BeginTransactionAsync())
{
    await connection.ExecuteAsync("INSERT INTO orders VALUES (4)", transaction: transaction);
    await client.EnqueueAsync(new SendInvoice(4), options: null, transaction);
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
