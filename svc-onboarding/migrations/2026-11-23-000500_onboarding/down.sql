DROP TABLE ended_orders, answers, attempts, contact_notes, photos, applications, used_challenges, managers, test_sets, vacancies;
DROP FUNCTION answers_stay();
