namespace Rota.Stores.Tests;

public sealed class PostgresJobInsertTests : JobInsertContract
{
    protected override async Task<TestStore> OpenAsync() => await PostgresTestStore.OpenAsync();
}

public sealed class PostgresUniqueKeyTests : UniqueKeyContract
{
    protected override async Task<TestStore> OpenAsync() => await PostgresTestStore.OpenAsync();
}

public sealed class PostgresDependencyTests : DependencyContract
{
    protected override async Task<TestStore> OpenAsync() => await PostgresTestStore.OpenAsync();
}

public sealed class PostgresFlowTests : FlowContract
{
    protected override async Task<TestStore> OpenAsync() => await PostgresTestStore.OpenAsync();
}

public sealed class PostgresJobClaimTests : JobClaimContract
{
    protected override async Task<TestStore> OpenAsync() => await PostgresTestStore.OpenAsync();
}

public sealed class PostgresJobEndTests : JobEndContract
{
    protected override async Task<TestStore> OpenAsync() => await PostgresTestStore.OpenAsync();
}

public sealed class PostgresJobCancelTests : JobCancelContract
{
    protected override async Task<TestStore> OpenAsync() => await PostgresTestStore.OpenAsync();
}

public sealed class PostgresJobRescueTests : JobRescueContract
{
    protected override async Task<TestStore> OpenAsync() => await PostgresTestStore.OpenAsync();
}

public sealed class PostgresJobPruneTests : JobPruneContract
{
    protected override async Task<TestStore> OpenAsync() => await PostgresTestStore.OpenAsync();
}

public sealed class PostgresJobListTests : JobListContract
{
    protected override async Task<TestStore> OpenAsync() => await PostgresTestStore.OpenAsync();
}

public sealed class PostgresJobModelTests : JobModelContract
{
    protected override async Task<TestStore> OpenAsync() => await PostgresTestStore.OpenAsync();
}

public sealed class PostgresAttemptStoreTests : AttemptStoreContract
{
    protected override async Task<TestStore> OpenAsync() => await PostgresTestStore.OpenAsync();
}

public sealed class PostgresQueueStoreTests : QueueStoreContract
{
    protected override async Task<TestStore> OpenAsync() => await PostgresTestStore.OpenAsync();
}

public sealed class PostgresQueueLimitTests : QueueLimitContract
{
    protected override async Task<TestStore> OpenAsync() => await PostgresTestStore.OpenAsync();
}

public sealed class PostgresNodeStoreTests : NodeStoreContract
{
    protected override async Task<TestStore> OpenAsync() => await PostgresTestStore.OpenAsync();
}

public sealed class PostgresMemoryStoreTests : MemoryStoreContract
{
    protected override async Task<TestStore> OpenAsync() => await PostgresTestStore.OpenAsync();
}

public sealed class PostgresSecretStoreTests : SecretStoreContract
{
    protected override async Task<TestStore> OpenAsync() => await PostgresTestStore.OpenAsync();
}

public sealed class PostgresScheduleStoreTests : ScheduleStoreContract
{
    protected override async Task<TestStore> OpenAsync() => await PostgresTestStore.OpenAsync();
}

public sealed class PostgresScheduleFireTests : ScheduleFireContract
{
    protected override async Task<TestStore> OpenAsync() => await PostgresTestStore.OpenAsync();
}

public sealed class PostgresEventTests : EventContract
{
    protected override async Task<TestStore> OpenAsync() => await PostgresTestStore.OpenAsync();
}

public sealed class PostgresScheduleEventTests : ScheduleEventContract
{
    protected override async Task<TestStore> OpenAsync() => await PostgresTestStore.OpenAsync();
}

public sealed class PostgresScheduleLimitTests : ScheduleLimitContract
{
    protected override async Task<TestStore> OpenAsync() => await PostgresTestStore.OpenAsync();
}

public sealed class PostgresScheduleClockTests : ScheduleClockContract
{
    protected override async Task<TestStore> OpenAsync() => await PostgresTestStore.OpenAsync();
}

public sealed class PostgresAccessStoreTests : AccessStoreContract
{
    protected override async Task<TestStore> OpenAsync() => await PostgresTestStore.OpenAsync();
}
